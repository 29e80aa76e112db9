"""Actions that experiments may call, each with the rights that it needs declared beside it."""
