"""What can go wrong, in one line each: what was asked, what came back."""


class Trouble(Exception):
    """Something that another try may find mended. Ends in ``exit_code``."""

    exit_code = 1


class Spoiled(Trouble):
    """A backup that is not what it says, or not whole. Trying again does not help."""

    exit_code = 3
