"""Observations to tracks: init, step.

A track-oriented multi-Bernoulli filter with Poisson birth; see docs/tracker.md.
"""
