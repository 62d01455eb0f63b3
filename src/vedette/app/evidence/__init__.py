"""Evidence packs: one file with what was heard and what follows from it, to be derived again elsewhere."""
