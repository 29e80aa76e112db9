"""``--short``: a bench in seconds, with no thresholds on time; or what it needs that takes longer."""

import json
import sys

#: As of a run in which no scenario was: nothing ran, so nothing is good or bad.
NOTHING_RAN = 5


def asked() -> bool:
    """Whether the short form is wanted; the words that remain are the bench's own."""
    if "--short" not in sys.argv:
        return False
    sys.argv.remove("--short")
    return True


def needs(name: str, what: str) -> None:
    """Where the short form is asked of a bench that has none: say what it needs, and end."""
    if asked():
        print(json.dumps({"name": name, "ok": None, "short": f"there is none: it needs {what}"}))
        sys.exit(NOTHING_RAN)
