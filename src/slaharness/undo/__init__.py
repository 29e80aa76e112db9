"""What must be put back, written down first; and putting it back."""
