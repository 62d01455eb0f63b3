"""Formats: one package each, both ways. FORMATS in `vedette.wire.formats` lists them all."""
