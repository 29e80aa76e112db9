"""What an action of ours answers: the result contract of docs/extending.md. Pure.

Anybody may write such an action, so nothing of its answer is believed before its shape was looked at.
"""

from collections.abc import Callable, Mapping
from reprlib import repr as shortened
from typing import Any

#: The first second of which no clock tells: an instant in milliseconds is behind it.
NEVER = 253_402_300_800


def claimed(run: Mapping[str, Any]) -> bool:
    """Whether an activity means to answer as an action of ours, rightly or not."""
    output = run.get("output")
    return isinstance(output, dict) and output.keys() >= SHAPES.keys()


def misfit(run: Mapping[str, Any]) -> str:
    """What is wrong with the answer of one that claims to be ours; "" for nothing."""
    output = run["output"]
    for name, (fits, wanted) in SHAPES.items():
        if not fits(output[name]):
            return f"{name!r} is to be {wanted}, and is {shortened(output[name])}"
    if output["ended"] < output["injected"]:
        return f"it ended {output['injected'] - output['ended']:g} s before it was injected"
    return "" if namespace(run) else "neither it nor the action's arguments name a 'namespace'"


def namespace(run: Mapping[str, Any]) -> str:
    """Where it struck, by its answer; where that says nothing, by what it was asked."""
    arguments = run["activity"].get("provider", {}).get("arguments")
    asked = arguments.get("namespace") if isinstance(arguments, dict) else None
    return str(run["output"].get("namespace") or asked or "")


def matched(run: Mapping[str, Any]) -> tuple[str, ...]:
    """What was to be struck, in words."""
    where = namespace(run)
    return tuple(f"{where}/{one['name']} on {one['node']}" for one in run["output"]["matched"])


def died(run: Mapping[str, Any]) -> tuple[str, ...]:
    """What was seen to be struck."""
    return tuple(f"{namespace(run)}/{name}" for name in run["output"]["died"])


def is_instant(found: Any) -> bool:
    """Whether it is a time in seconds since the epoch; NaN is none."""
    return isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found < NEVER


def _is_described(found: Any) -> bool:
    return isinstance(found, dict) and found.keys() >= {"name", "node"}


def _is_name(found: Any) -> bool:
    return isinstance(found, str)


def _listed(each: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda found: isinstance(found, list) and all(map(each, found))


#: What has to be in an answer, and as what.
SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "injected": (is_instant, "seconds since the epoch"),
    "ended": (is_instant, "seconds since the epoch"),
    "matched": (_listed(_is_described), "a list of objects, each with its name and node"),
    "died": (_listed(_is_name), "a list of names"),
}
