"""The child process that is ``chaos run``: bound to the harness's life, and to a limit.

``python -m slaharness.chaos.child PARENT MODULE…`` loads Chaos Toolkit and the modules, and waits for its
order on standard input: ``{"limit": SECONDS, "arguments": […]}`` runs ``chaos ARGUMENT…``; no order, and it
goes.
When process PARENT dies it gets SIGINT, so that rollbacks run; SECONDS after the order the kernel ends it,
even if nobody is left to.
"""

import ctypes
import json
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from chaostoolkit.cli import cli

#: prctl(2): the signal to get when the parent dies.
PR_SET_PDEATHSIG = 1
#: Of nice(2). Linux may weigh sessions rather than processes; then this file is where theirs is set.
NICENESS, SESSION = -10, Path("/proc/self/autogroup")


def main() -> None:
    # A shell that starts the harness in the background has it ignore SIGINT, and us with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # SIGTERM would not do: inside an action Chaos Toolkit takes it for a failure of that action, and goes on.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the harness is gone")
    for module in sys.argv[2:]:  # what the experiment names, loaded before it counts
        import_module(module)
    if not (order := sys.stdin.read()):
        sys.exit("no order came")
    wanted = json.loads(order)
    go_first()
    signal.alarm(wanted["limit"])
    cli(wanted["arguments"], prog_name="chaos")


def go_first() -> None:
    """Be served before what is put to the test, where that is allowed.

    A local cluster weighs as much as many programs. What plans work and stamps instants would be kept waiting
    by it for seconds, just when there is much to do (seen: 10 s behind its plan).
    """
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(OSError):
        SESSION.write_text(str(NICENESS))


if __name__ == "__main__":
    main()
