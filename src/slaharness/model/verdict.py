"""What was concluded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from slaharness.errors import Inconclusive
from slaharness.model.timeline import Phase


class Outcome(StrEnum):
    """Three values, on purpose."""

    MET = "MET"
    MISSED = "MISSED"
    UNKNOWN = "UNKNOWN"


#: The order in which people must see them.
WORST_FIRST = (Outcome.MISSED, Outcome.UNKNOWN, Outcome.MET)


@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer for one objective over one window. True when MET, false when MISSED, raises when UNKNOWN.

    ``figures`` are what else was measured on the way, in the units that their names say.
    """

    objective: str
    phase: Phase
    outcome: Outcome
    target: str
    seen: str
    requests: int | None
    reason: str
    figures: Mapping[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A project's own check may write an outcome as a word; it counts as what it says.

        Raises ValueError for another word. Of a reason, what no file of text can hold is left out.
        """
        object.__setattr__(self, "outcome", Outcome(self.outcome))
        object.__setattr__(self, "phase", Phase(self.phase))
        object.__setattr__(self, "reason", self.reason.encode(errors="replace").decode())

    def __bool__(self) -> bool:
        if self.outcome is Outcome.UNKNOWN:
            raise Inconclusive(str(self))
        return self.outcome is Outcome.MET

    def __str__(self) -> str:
        seen = f"seen {self.seen}, target {self.target}"
        return f"{self.outcome}: {self.objective} over {self.phase}: {seen}: {self.reason}"

    __repr__ = __str__  # what pytest shows of a failed assert


class Verdicts(tuple[Verdict, ...]):
    """Answers to one question: false when one is MISSED, else raises when one is UNKNOWN, else true.

    None at all is no answer, and raises too.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        if any(one.outcome is Outcome.MISSED for one in self):
            return False
        if not len(self):
            raise Inconclusive("the check gave no verdict")
        return all(self)

    def __str__(self) -> str:
        return "; ".join(map(str, self))

    __repr__ = __str__


def worst(verdicts: Sequence[Verdict]) -> Outcome:
    """MISSED before UNKNOWN before MET; nothing asked proves nothing."""
    found = {one.outcome for one in verdicts}
    return next((one for one in WORST_FIRST if one in found), Outcome.UNKNOWN)
