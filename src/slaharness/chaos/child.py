"""The child process that is ``chaos run``: bound to the harness's life, and to a limit.

``python -m slaharness.chaos.child PARENT HOME SIGNATURE MODULE…`` loads Chaos Toolkit and the modules, and
waits for its order on standard input: ``{"limit": SECONDS, "arguments": […]}`` runs ``chaos ARGUMENT…``; no
order, and it goes.
When process PARENT dies it gets SIGINT, so that rollbacks run, and removes HOME, which is its own; SECONDS
after the order the kernel ends it, even if nobody is left to. SIGNATURE is what its clients call themselves.
Nobody looks for garbage while it loads: what modules are made of stays to the end.
"""

import ctypes
import gc
import json
import os
import shutil
import signal
import sys
from importlib import import_module
from typing import Any

gc.disable()

from chaostoolkit.cli import cli  # noqa: E402  # with the collector out of the way
from kubernetes import client  # noqa: E402

#: prctl(2): the signal to get when the parent dies.
PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, home, signature, *modules = sys.argv[1:]
    try:
        sign(signature)
        serve(int(parent), modules)
    finally:
        if os.getppid() != int(parent):
            shutil.rmtree(home, ignore_errors=True)


def sign(signature: str) -> None:
    """Have the API server note, on each object that the experiment changes, that it was this experiment."""

    class Signed(client.ApiClient):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.user_agent = f"{signature}/1"

    vars(client)["ApiClient"] = Signed


def serve(parent: int, modules: list[str]) -> None:
    # A shell that starts the harness in the background has it ignore SIGINT, and us with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # SIGTERM would not do: inside an action Chaos Toolkit takes it for a failure of that action, and goes on.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit("the harness is gone")
    for module in modules:  # what the experiment names, loaded before it counts
        import_module(module)
    gc.freeze()
    gc.enable()
    if not (order := sys.stdin.read()):
        sys.exit("no order came")
    wanted = json.loads(order)
    signal.alarm(wanted["limit"])
    cli(wanted["arguments"], prog_name="chaos")


if __name__ == "__main__":
    main()
