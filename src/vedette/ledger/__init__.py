"""The node's own record: append-only, hash-chained, signed; and its proof."""
