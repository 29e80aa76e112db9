"""Can a probe's tolerance be met at all? Chaos Toolkit's own check, and what it leaves to the run."""

from contextlib import redirect_stderr
from io import StringIO
from typing import Any

from chaoslib.exceptions import ChaosException

from slaharness.chaos.format.document import Activity, Python
from slaharness.chaos.format.source import Wrong
from slaharness.chaos.format.variables import LATER, Variables, plain, texts

#: What an answer is made of, for providers whose answer is a mapping.
PARTS: dict[str, tuple[str, ...]] = {
    "http": ("status", "headers", "body"),
    "process": ("status", "stdout", "stderr"),
}
#: Those that each type of tolerance can be held against: a pattern wants a text, a range a number.
READ: dict[str, dict[str, tuple[str, ...]]] = {
    "jsonpath": PARTS,
    "regex": {"http": ("body",), "process": ("stdout", "stderr")},
    "range": {"http": ("status", "body"), "process": ("status", "stdout", "stderr")},
}
#: What Chaos Toolkit looks at in each type; it would ignore all else, as an expectation of another name.
KNOWN = {
    "jsonpath": {"type", "path", "target", "count", "expect"},
    "regex": {"type", "pattern", "target"},
    "range": {"type", "range", "target"},
}
#: Fields into which Chaos Toolkit fills variables.
FILLED = {"pattern", "path", "expect"}
#: Statuses of http, and those that a process ends with, or by a signal.
STATUSES = {"http": range(100, 600), "process": range(-64, 256)}


def check(place: str, probe: Activity, variables: Variables) -> None:
    """Raise Wrong for a tolerance that Chaos Toolkit refuses, or that no answer of the probe could meet."""
    tolerance = probe.tolerance
    _some(place, tolerance)
    if not isinstance(tolerance, bool | int | str):  # which any answer may equal
        _usable(place, tolerance)
    if isinstance(tolerance, str):
        tolerance = variables.fill(place, tolerance)
    elif isinstance(tolerance, dict):
        tolerance = _of_type(place, tolerance, variables)
    if not isinstance(probe.provider, Python):
        _of_a_mapping(place, probe.provider.type, tolerance)
    elif isinstance(tolerance, list) and len(tolerance) == 2:  # noqa: PLR2004 which Chaos Toolkit takes for bounds
        _bounds(place, tolerance)


def _some(place: str, tolerance: Any) -> None:
    if tolerance == []:
        raise Wrong(place, "is an empty list, which no answer is in")


def _usable(place: str, tolerance: Any) -> None:
    from chaoslib.hypothesis import ensure_hypothesis_tolerance_is_valid  # noqa: PLC0415  # loads a parser

    try:
        with redirect_stderr(StringIO()):  # the parser of JSON paths prints what it does not know
            ensure_hypothesis_tolerance_is_valid(tolerance)
    except ChaosException as error:
        raise Wrong(place, str(error)) from error
    except Exception as error:
        raise Wrong(place, f"cannot be used: {error!r}") from error


def _of_type(place: str, tolerance: dict[str, Any], variables: Variables) -> dict[str, Any]:
    """The tolerance as it will be held against an answer."""
    if tolerance["type"] == "probe":
        _takes_a_value(f"{place}.provider", tolerance["provider"])
        return tolerance
    if unknown := sorted(map(str, tolerance.keys() - KNOWN[tolerance["type"]])):
        there = ", ".join(sorted(KNOWN[tolerance["type"]]))
        raise Wrong(f"{place}.{unknown[0]}", f"Chaos Toolkit would ignore it here; it reads {there}")
    filled = {name: _filled(f"{place}.{name}", name, value, variables) for name, value in tolerance.items()}
    if not any(LATER in text for _, text in texts(place, filled)):
        _usable(place, filled)
    _range(place, filled)
    _count(place, filled)
    return filled


def _filled(place: str, name: str, value: Any, variables: Variables) -> Any:
    if name in FILLED:
        return variables.fill(place, value)
    plain(place, value)
    return value


def _takes_a_value(field: str, provider: dict[str, Any]) -> None:
    """Chaos Toolkit puts the answer among its arguments, as ``value``."""
    if not isinstance(provider.get("arguments"), dict):
        raise Wrong(
            f"{field}.arguments",
            "is a mapping, into which Chaos Toolkit puts the answer; write {value: null}",
        )


def _range(place: str, tolerance: dict[str, Any]) -> None:
    if tolerance["type"] == "range":
        _bounds(f"{place}.range", tolerance["range"])


def _bounds(place: str, bounds: list[Any]) -> None:
    try:
        nothing = bounds[0] > bounds[1]
    except TypeError as error:
        raise Wrong(place, f"are two bounds that cannot be compared: {error}") from error
    if nothing:
        raise Wrong(place, f"nothing lies between {' and '.join(map(str, bounds))}")


def _count(place: str, tolerance: dict[str, Any]) -> None:
    count = tolerance.get("count")
    if not (count is None or isinstance(count, int)):
        raise Wrong(f"{place}.count", f"{count!r} is no number, so no answer has so many")


def _of_a_mapping(place: str, provider: str, tolerance: Any) -> None:
    if isinstance(tolerance, dict):
        if tolerance["type"] != "probe":
            _of_a_part(f"{place}.target", provider, tolerance)
        return
    for one in tolerance if isinstance(tolerance, list) else [tolerance]:
        _status(place, provider, one)


def _status(place: str, provider: str, wanted: Any) -> None:
    if wanted == LATER:
        return
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        parts = ", ".join(PARTS[provider])
        raise Wrong(
            place, f"the answer of {provider} is {parts}, which never equals {wanted!r}; give a status"
        )
    if wanted not in STATUSES[provider]:
        raise Wrong(place, f"no answer of {provider} has the status {wanted}")


def _of_a_part(place: str, provider: str, tolerance: dict[str, Any]) -> None:
    kind, target = tolerance["type"], tolerance.get("target")
    parts = READ[kind][provider]
    if target not in parts and (target or kind != "jsonpath"):
        read = " or ".join(parts)
        raise Wrong(place, f"of the answer of {provider}, a {kind} reads {read}, not {target!r}")
