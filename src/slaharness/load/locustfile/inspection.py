"""Has Locust itself load locustfiles, each as its pod would, and says what became of each.

A program of its own (``python -P inspection.py``), for Locust patches the interpreter: it imports Locust
once, which takes longer than all the rest, and gives each file a fork with the file's folder and arguments.
Nobody looks for garbage meanwhile: what Locust is made of stays to the end.
It reads ``[{"folder": …, "file": …, "arguments": […]}, …]`` and writes ``[{"code": …, "said": …}, …]``.
"""

import gc
import json
import os
import signal
import sys
import tempfile
import traceback
from typing import Any

gc.disable()

import gevent  # noqa: E402  # with the collector out of the way
from locust import User, main  # noqa: E402

#: Seconds for one file.
LIMIT = 30
IDLE = "has no task, so it would send nothing"


def inspect(job: dict[str, Any]) -> dict[str, Any]:
    """What Locust said of one file, and its exit code."""
    with tempfile.TemporaryFile("w+") as said:
        if not (child := gevent.fork()):
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            code = _listed(job)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        code = os.waitstatus_to_exitcode(status)
        late = f"\nit does not load within {LIMIT} s" if code == -signal.SIGALRM else ""
        return {"code": code, "said": said.read() + late}


def _listed(job: dict[str, Any]) -> int:
    signal.alarm(LIMIT)
    gc.freeze()
    gc.enable()
    os.chdir(job["folder"])
    sys.path.insert(0, job["folder"])
    sys.argv = ["locust", "-f", job["file"], *job["arguments"], "--list"]
    locust: Any = main.main
    try:
        locust()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # noqa: BLE001 whatever a file raises is what it would raise in its pod
        traceback.print_exc()
        code = 1
    else:
        code = 0
    return code or _idle(vars(sys.modules.get(job["file"].removesuffix(".py"), main)))


def _idle(names: dict[str, Any]) -> int:
    """Whether a class of users has nothing to do; Locust itself finds out when the first is to begin."""
    users = [
        one for one in names.values() if isinstance(one, type) and issubclass(one, User) and not one.abstract
    ]
    idle = [one.__name__ for one in users if not one.tasks and not _finds_its_own(one)]
    if idle:
        sys.stdout.flush()
        sys.stderr.write(f"{idle[0]} {IDLE}\n")
    return int(bool(idle))


def _finds_its_own(user: type[User]) -> bool:
    """Whether it may give itself tasks when it begins."""
    theirs = [one for one in user.__mro__ if not one.__module__.startswith(("locust", "builtins"))]
    return any(name in vars(one) for one in theirs for name in ("__init__", "on_start", "run"))


if __name__ == "__main__":
    json.dump([inspect(job) for job in json.load(sys.stdin)], sys.stdout)
    gc.freeze()
