"""Numba functions over arrays. No classes, no I/O; source of each equation in its module."""
