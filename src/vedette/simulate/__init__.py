"""Scenarios to truth and the bytes that real sensors would send."""
