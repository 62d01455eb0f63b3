"""Exercises: a node on a scenario, with a clock of its own and a director."""
