"""Can a probe's tolerance be met at all? Chaos Toolkit's own check, and what it leaves to the run."""

from contextlib import redirect_stderr
from io import StringIO
from typing import Any

from chaoslib.exceptions import ChaosException

from slaharness.chaos.format.document import Activity, Python
from slaharness.chaos.format.source import Wrong
from slaharness.chaos.format.variables import LATER, Variables

#: What an answer is made of, for providers whose answer is a mapping.
PARTS = {"http": ("status", "headers", "body"), "process": ("status", "stdout", "stderr")}

STATUSES = range(100, 600)


def check(place: str, probe: Activity, variables: Variables) -> None:
    """Raise Wrong for a tolerance that Chaos Toolkit refuses, or that no answer of the probe could meet."""
    tolerance = probe.tolerance
    _some(place, tolerance)
    if not isinstance(tolerance, bool | int | str):  # which any answer may equal
        _usable(place, tolerance)
    if isinstance(tolerance, str):
        tolerance = variables.fill(place, tolerance)
    elif isinstance(tolerance, dict) and tolerance["type"] != "probe":
        variables.fill(place, tolerance)
        _range(place, tolerance)
    if not isinstance(probe.provider, Python):
        _of_a_mapping(place, probe.provider.type, tolerance)


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


def _range(place: str, tolerance: dict[str, Any]) -> None:
    if tolerance["type"] == "range" and tolerance["range"][0] > tolerance["range"][1]:
        raise Wrong(f"{place}.range", f"nothing lies between {' and '.join(map(str, tolerance['range']))}")


def _of_a_mapping(place: str, provider: str, tolerance: Any) -> None:
    parts = ", ".join(PARTS[provider])
    number = isinstance(tolerance, int) and not isinstance(tolerance, bool)
    if provider == "http" and number and tolerance not in STATUSES:
        raise Wrong(place, f"no answer of http has the status {tolerance}")
    if isinstance(tolerance, bool) or (isinstance(tolerance, str) and tolerance != LATER):
        raise Wrong(
            place, f"the answer of {provider} is {parts}, which never equals {tolerance!r}; give a status"
        )
    if not isinstance(tolerance, dict) or tolerance["type"] == "probe":
        return
    target = tolerance.get("target")
    if target not in PARTS[provider] and (target or tolerance["type"] != "jsonpath"):
        raise Wrong(f"{place}.target", f"is one of {parts}, the parts of the answer of {provider}")
