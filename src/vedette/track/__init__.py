"""Observations to tracks: init, step.

A track-oriented multi-Bernoulli filter with Poisson birth; see docs/tracker.md.
"""

from vedette.track.settings import TrackerSettings
from vedette.track.state import TrackerState, init, with_sensors
from vedette.track.step import TrackOutput, sensors_of, step

__all__ = ["TrackOutput", "TrackerSettings", "TrackerState", "init", "sensors_of", "step", "with_sensors"]
