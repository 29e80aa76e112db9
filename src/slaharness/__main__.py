"""The command ``slaharness``, also as ``python -m slaharness``."""

import gc


def main() -> None:
    """Start the command line with the collector out of the way.

    What modules are made of stays to the end. To look through it for garbage while they are loaded, and once
    more when all is over, took 1.7 s of each run.
    """
    gc.disable()
    from slaharness.cli import main as command  # noqa: PLC0415  # now, with nobody looking for garbage

    gc.freeze()
    gc.enable()
    try:
        command()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
