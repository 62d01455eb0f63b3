"""Vedette: an open, federated airspace watch."""

__version__ = "0.1.0"
