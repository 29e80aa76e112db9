"""The child process that is ``chaos run``: bound to the harness's life, and to a limit.

``python -m slaharness.chaos.child PARENT SECONDS ARGUMENT…`` runs ``chaos ARGUMENT…``. When process PARENT
dies it gets SIGINT, so that rollbacks run; after SECONDS the kernel ends it, even if nobody is left to.
"""

import ctypes
import os
import signal
import sys

from chaostoolkit.cli import cli

#: prctl(2): the signal to get when the parent dies.
PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, seconds, *arguments = sys.argv[1:]
    # SIGTERM would not do: inside an action Chaos Toolkit takes it for a failure of that action, and goes on.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != int(parent):
        sys.exit("the harness is gone")
    signal.alarm(int(seconds))
    cli(arguments, prog_name="chaos")


if __name__ == "__main__":
    main()
