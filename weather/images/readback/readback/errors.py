"""What can go wrong, in one line: what was asked, what came back."""


class Trouble(Exception):
    """Whoever was asked did not answer, or refused."""
