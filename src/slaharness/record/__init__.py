"""What a run leaves behind: written while it goes, read by whoever judges."""
