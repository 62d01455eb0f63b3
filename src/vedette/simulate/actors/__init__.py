"""Those who fly: who they are, what they mean to do, how they move."""
