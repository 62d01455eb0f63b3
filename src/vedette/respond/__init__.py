"""Advice for people: whether an airport can stay open."""
