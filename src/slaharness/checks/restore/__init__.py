"""What a restore brought back, of every attempt: the parts of `restored`."""
