"""What each kind of rule looks for: `find(rule, scene)` gives what it found; nothing is remembered here."""
