"""What the load's clients attempted and what was acknowledged, kept outside the stack; what it proves."""
