"""Bytes in, with the time they were heard: sockets, files and the raw journal."""
