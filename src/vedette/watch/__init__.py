"""Rules over tracks, zones and time to alerts."""
