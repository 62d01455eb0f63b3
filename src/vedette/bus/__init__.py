"""NATS: the embedded server, topics and publishing that survives a break."""
