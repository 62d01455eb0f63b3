"""The closure adviser in a node and in a replay."""
