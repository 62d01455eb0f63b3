"""The commands, by what they are about. Options stand here; what a command runs is imported when it runs."""
