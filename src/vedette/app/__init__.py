"""Configuration, topology, run, replay, demo, command line: the only place that knows two stages."""
