"""Tracks of several nodes to one picture: init, step.

Association by whole history, covariance intersection, lineage; see docs/fusion.md.
"""
