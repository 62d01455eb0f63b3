"""Track points and alerts over time, in DuckDB."""
