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
from locust import User, argument_parser, main  # noqa: E402
from locust.user.task import filter_tasks_by_tags  # noqa: E402

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
        sys.stderr.write(f"{end.code}\n" if isinstance(end.code, str) else "")
    except BaseException as error:  # noqa: BLE001 whatever a file raises is what it would raise in its pod
        sys.stderr.write("\n" + " ".join("".join(traceback.format_exception_only(error)).split()) + "\n")
        code = 1
    else:
        code = 0
    return code or _idle(vars(sys.modules.get(job["file"].removesuffix(".py"), main)))


def _idle(names: dict[str, Any]) -> int:
    """Whether a load would send nothing; Locust itself finds out when the first user is to begin."""
    there = {
        one.__name__: one
        for one in names.values()
        if isinstance(one, type) and issubclass(one, User) and not one.abstract
    }
    options = argument_parser.get_parser().parse_args()
    used = [
        one
        for name, one in there.items()
        if name in (options.user_classes or there) and (one.weight or one.fixed_count)
    ]
    why = _nobody(there, used, options) or next(filter(None, (_wrong(one, options) for one in used)), "")
    if why:
        sys.stdout.flush()
        sys.stderr.write(f"{why}\n")
    return int(bool(why))


def _nobody(there: dict[str, type[User]], used: list[type[User]], options: Any) -> str:
    if unknown := [name for name in options.user_classes if there and name not in there]:
        return f"LOCUST asks for {unknown[0]}, and there is no user class of that name"
    if options.num_users is not None and options.num_users < 1:
        return f"LOCUST asks for {options.num_users} users, who would send nothing"
    if there and not used:
        return f"{next(iter(there))} has weight 0, so nobody would send anything"
    return ""


def _wrong(user: type[User], options: Any) -> str:
    """What of a class of users cannot work, under the tags that were asked for."""
    wait: object = user.wait_time
    if not callable(wait):
        return f"{user.__name__}.wait_time is {wait!r}, not a function like between(1, 2)"
    if other := [one for one in user.tasks if not callable(one)]:
        return f"{user.__name__} has the task {other[0]!r}, which cannot be called"
    if not user.tasks and not _finds_its_own(user):
        return f"{user.__name__} {IDLE}"
    if user.tasks and (options.tags or options.exclude_tags):
        tags, without = (set(one) if one else None for one in (options.tags, options.exclude_tags))
        filter_tasks_by_tags(user, tags, without)
        if not user.tasks:
            return f"{user.__name__} {IDLE}: none is left by the tags of LOCUST"
    return ""


def _finds_its_own(user: type[User]) -> bool:
    """Whether it may give itself tasks when it begins."""
    theirs = [one for one in user.__mro__ if not one.__module__.startswith(("locust", "builtins"))]
    return any(name in vars(one) for one in theirs for name in ("__init__", "on_start", "run"))


if __name__ == "__main__":
    json.dump([inspect(job) for job in json.load(sys.stdin)], sys.stdout)
    gc.freeze()
