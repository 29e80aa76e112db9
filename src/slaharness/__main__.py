"""The command ``slaharness``, also as ``python -m slaharness``."""

import gc
import sys


def main() -> None:
    """Start the command line with the collector out of the way.

    What modules are made of stays to the end. To look through it for garbage while they are loaded, and once
    more when all is over, took 1.7 s of each run.
    """
    gc.disable()
    from slaharness import cli  # noqa: PLC0415  # now, with nobody looking for garbage

    for word in sys.argv[1:2]:
        cli.load(word)
    gc.freeze()
    gc.enable()
    try:
        cli.main()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
