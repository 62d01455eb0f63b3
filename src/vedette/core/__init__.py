"""The nouns: values, units, ids, errors. msgspec and NumPy dtypes, nothing else."""
