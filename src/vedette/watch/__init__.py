"""Rules over tracks, zones and time to alerts."""

from vedette.watch.step import WatchOutput, WatchSettings, WatchState, init, step

__all__ = ["WatchOutput", "WatchSettings", "WatchState", "init", "step"]
