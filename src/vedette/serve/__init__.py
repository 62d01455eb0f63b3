"""HTTP, WebSocket and log-in; the built web page is its package data."""
