"""The classifier by motion: what it is taught with, how it is taught, and how good it is."""
