"""What a project says of itself in its settings: which stack, and how it is reached."""
