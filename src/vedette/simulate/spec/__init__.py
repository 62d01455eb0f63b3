"""What a scenario file may say, what is wrong with one, and where in the file it is wrong."""
