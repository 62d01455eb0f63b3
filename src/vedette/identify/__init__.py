"""Tracks and claims to identities: class, authorisation, reasons."""
