"""The second witness: what the ledger itself says of what Prometheus counted, and when it may be believed."""
