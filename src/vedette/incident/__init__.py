"""Events to incidents: a pure projection of the ledger."""
