"""What a check is, and which there are: each file of this folder that declares one is found by itself.

A check is a pure function ``name(record, **limits)`` under ``@check(…)``; a test body then asks
``run.name(**limits)``. Nothing else names it. One that lives elsewhere is asked by
``run.ask(name, **limits)``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from inspect import signature
from math import isfinite
from pkgutil import iter_modules
from typing import Any

from slaharness import checks
from slaharness.errors import BadInput, RecordTrouble
from slaharness.model import Outcome, Phase, Verdict, Verdicts
from slaharness.record.doubts import doubt_over
from slaharness.record.saved_run import SavedRun

Answer = Verdict | Verdicts


@dataclass(frozen=True)
class Check:
    """A question that can be put to a finished run; ``verdicts`` names those that answer it.

    A name may have a word of the question in braces: what is asked of two stages has two answers.
    """

    name: str
    verdicts: tuple[str, ...]
    over: Phase
    asked: Callable[..., Answer]

    def __call__(self, record: SavedRun, *words: Any, **limits: Any) -> Answer:
        """Answer; UNKNOWN when the run is in doubt or its record broken. Raises BadInput for wrong limits."""
        given = self._given(record, *words, **limits)
        if limits.get("over") is not None:
            limits["over"] = window_named(limits["over"])
        try:
            answer = self.asked(record, *words, **limits)
        except RecordTrouble as error:
            answer = self._unknown(given, limits, str(error))
        except BadInput:
            raise
        except Exception as error:  # noqa: BLE001 - what a record holds may break a check; never a yes or a no
            answer = self._unknown(given, limits, f"the record cannot be read by this check: {error!r}")
        over = limits.get("over")
        return heard(answer, record.doubts or (doubt_over(record.record, over) if over else ""))

    def _given(self, *words: Any, **limits: Any) -> dict[str, Any]:
        """What is asked, by name. Raises BadInput for limits that it has not, or numbers that are none."""
        its = signature(self.asked)
        try:
            given = its.bind(*words, **limits).arguments
        except TypeError as error:
            raise BadInput(f"run.{self.name}(): {error}") from error
        for name, value in given.items():
            kind = its.parameters[name].annotation
            whole = kind is not int or isinstance(value, int)
            number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            if kind in {int, float} and not (number and whole and value >= 0):
                wanted = "a whole number" if kind is int else "a number"
                raise BadInput(f"run.{self.name}({name}={value!r}): {name} is {wanted}, of 0 or more")
        return given

    def _unknown(self, given: dict[str, Any], limits: dict[str, Any], reason: str) -> Answer:
        target = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in limits.items())
        found = [
            Verdict(
                name.format_map(given),
                limits.get("over", self.over),
                Outcome.UNKNOWN,
                target,
                "none",
                None,
                reason,
            )
            for name in self.verdicts
        ]
        return Verdicts(found) if len(found) > 1 else found[0]


def window_named(over: Any) -> Phase:
    """The window that ``over`` means. Raises BadInput for what is none."""
    try:
        return Phase(over)
    except ValueError as error:
        raise BadInput(f"no window {over!r}; there are: {', '.join(Phase)}") from error


def check(*verdicts: str, over: Phase) -> Callable[[Callable[..., Answer]], Check]:
    """Declare a check: the names that its verdicts carry, and the window that they speak of."""

    def declared(asked: Callable[..., Answer]) -> Check:
        return Check(asked.__name__, verdicts, over, asked)

    return declared


@cache
def known() -> dict[str, Check]:
    """All checks of this folder, by name."""
    modules = (import_module(f"{checks.__name__}.{one.name}") for one in iter_modules(checks.__path__))
    found = (one for module in modules for one in vars(module).values() if isinstance(one, Check))
    return {one.name: one for one in found}


def heard(answer: object, doubts: str) -> Answer:
    """The answer of any check, UNKNOWN for the ``doubts``. Raises BadInput for what is no verdict."""
    if isinstance(answer, Verdict):
        return _doubted(answer, doubts) if doubts else answer
    found = Verdicts(answer if isinstance(answer, tuple) else ())
    if not len(found) or not all(isinstance(one, Verdict) for one in found):
        raise BadInput(f"a check answers with a Verdict or Verdicts, not with {answer!r}")
    return _doubted(found, doubts) if doubts else found


def _doubted(answer: Answer, doubts: str) -> Answer:
    if isinstance(answer, Verdict):
        return replace(answer, outcome=Outcome.UNKNOWN, reason=doubts)
    return Verdicts(replace(one, outcome=Outcome.UNKNOWN, reason=doubts) for one in answer)
