"""``python -m ringbackup agent|take|restore``. What came of the last two is also its last word."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from ringbackup import agent, restore, settings, take
from ringbackup.errors import Trouble

#: Where Kubernetes reads it, for whoever looks at the pod.
LAST_WORD = Path("/dev/termination-log")
#: More than this Kubernetes would cut off.
LONGEST = 4000
WORK = {"take": take.take, "restore": restore.restore}
#: What is said at most once in so many seconds, unless it is new.
EVERY = 2.0


class Told:
    """Progress for people, one line at a time, not every second the same."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def __call__(self, words: str) -> None:
        about = words.partition(":")[0]
        if time.monotonic() - self._last.get(about, 0.0) >= EVERY:
            self._last[about] = time.monotonic()
            print(time.strftime("%H:%M:%S", time.gmtime()), words, flush=True)  # noqa: T201


def leave(what: dict[str, Any]) -> None:
    """Print, and leave it for Kubernetes."""
    text = json.dumps(what)
    print(text, flush=True)  # noqa: T201
    if LAST_WORD.exists():
        LAST_WORD.write_text(text[:LONGEST])


def main() -> None:
    """Do what is asked; exit 1 when it failed, 3 when trying again would not help."""
    asked, wanted = sys.argv[1], settings.from_environment()
    if asked == "agent":
        agent.serve(wanted)
        return
    try:
        told = WORK[asked](wanted, Told())
    except Trouble as error:
        leave({"failed": str(error)[:1000]})
        sys.exit(error.exit_code)
    leave({key: value for key, value in told.items() if key not in {"keyspaces", "nodes"}})


if __name__ == "__main__":
    main()
