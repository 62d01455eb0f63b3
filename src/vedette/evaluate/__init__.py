"""How good is the picture: truth against tracks."""
