"""Simulated sensors: what each kind detects, and the bytes that it sends."""
