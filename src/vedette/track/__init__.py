"""Observations to tracks: init, step.

A track-oriented multi-Bernoulli filter with Poisson birth; see docs/tracker.md.
"""

from vedette.track.settings import TrackerSettings
from vedette.track.state import TrackerState, init, with_sensors
from vedette.track.step import TrackOutput, step

__all__ = ["TrackOutput", "TrackerSettings", "TrackerState", "init", "step", "with_sensors"]
