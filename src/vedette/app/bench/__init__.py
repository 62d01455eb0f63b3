"""Benches: what the product measures of itself, seeded, and with others beside it."""
