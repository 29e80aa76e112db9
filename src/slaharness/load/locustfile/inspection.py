"""Has Locust itself load locustfiles, each as its pod would, and says what became of each.

A program of its own (``python -P inspection.py``), for Locust patches the interpreter: it imports Locust
once, which takes longer than all the rest, and gives each file a fork with the file's folder and arguments.
Nobody looks for garbage meanwhile: what Locust is made of stays to the end.
It reads ``[{"folder": …, "file": …, "arguments": […], "workers": 1}, …]`` and writes
``[{"code": …, "said": …, "ended": false}, …]``; ``ended`` of a file that ended the process which loaded it.
"""

import gc
import json
import os
import secrets
import shlex
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

gc.disable()

import gevent  # noqa: E402  # with the collector out of the way
from locust import User, argument_parser, main  # noqa: E402

from slaharness.load.locustfile import pod, users  # noqa: E402

#: Seconds for one file.
LIMIT = 30


def inspect(job: dict[str, Any]) -> dict[str, Any]:
    """What Locust said of one file, and its exit code."""
    whole, folder = secrets.token_hex(), Path(job["folder"])
    before = pod.looks(folder)
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        if not (child := gevent.fork()):
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            code = _listed(job)
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(2, whole.encode())
            os._exit(code)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        code, words = os.waitstatus_to_exitcode(status), said.read()
    late = f"\nit does not load within {LIMIT} s" if code == -signal.SIGALRM else ""
    ended = not words.endswith(whole) and not late
    wrote = "" if code or ended else _wrote(pod.written(folder, before))
    words = words.removesuffix(whole) + late + wrote
    return {"code": code or int(bool(wrote)), "said": words, "ended": ended}


def _wrote(files: list[str]) -> str:
    return f"\nwrites {files[0]} where it lies, which its pod cannot; /tmp can be written" if files else ""


def _listed(job: dict[str, Any]) -> int:
    signal.alarm(LIMIT)
    gc.freeze()
    gc.enable()
    os.chdir(job["folder"])
    sys.path.insert(0, job["folder"])
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, pod.OnlyTheImages(Path(job["folder"])))
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
    return code or _idle(vars(sys.modules.get(job["file"].removesuffix(".py"), main)), job)


def _idle(names: dict[str, Any], job: dict[str, Any]) -> int:
    """Whether a load would send nothing, or not as its text says; Locust itself would find out later."""
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
    why = (
        _otherwise(names, job)
        or _nobody(there, used, options)
        or next(filter(None, (users.wrong(one, options) for one in used)), "")
    )
    if why:
        sys.stdout.flush()
        sys.stderr.write(f"{why}\n")
    return int(bool(why))


def _otherwise(names: dict[str, Any], job: dict[str, Any]) -> str:
    """What the file comes to when it runs, and its text, which is all that is read of it, does not tell."""
    workers, words = names.get("WORKERS", 1), names.get("LOCUST", "")
    if workers != job["workers"]:
        return f"WORKERS is {workers!r} when it runs, and its text tells {job['workers']}: write it as a line"
    own = shlex.split(words) if isinstance(words, str) else [words]
    if own and job["arguments"][-len(own) :] != own:
        return f"LOCUST is {words!r} when it runs, and its text does not tell: write it as a line"
    return ""


def _nobody(there: dict[str, type[User]], used: list[type[User]], options: Any) -> str:
    if unknown := [name for name in options.user_classes if there and name not in there]:
        return f"LOCUST asks for {unknown[0]}, and there is no user class of that name"
    if options.num_users is not None and options.num_users < 1:
        return f"LOCUST asks for {options.num_users} users, who would send nothing"
    if less := [one for one in used if one.weight < 0]:
        return f"{less[0].__name__} has weight {less[0].weight}: how often it is chosen, from 0"
    if there and not used:
        return f"{next(iter(there))} has weight 0, so nobody would send anything"
    return ""


if __name__ == "__main__":
    json.dump([inspect(job) for job in json.load(sys.stdin)], sys.stdout)
    gc.freeze()
