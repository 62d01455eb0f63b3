"""Observations to tracks: init, step."""
