"""A report of an evidence pack for people: a PDF with map, timeline, tracks, and what is not known."""
