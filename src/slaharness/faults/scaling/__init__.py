"""Work that arrives and ends, and a watch on how a Deployment scales with it."""
