"""What a test body asks of a finished run. Reads the record only, so an old run can be asked again."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from slaharness.checks import registry
from slaharness.checks.hypothesis import hypothesis_afterwards
from slaharness.checks.no_residue import no_residue
from slaharness.checks.objective import meets
from slaharness.checks.registry import Answer
from slaharness.errors import BadInput
from slaharness.model import FAULT, Measurement, Objective, Phase, Verdict
from slaharness.record.saved_run import SavedRun
from slaharness.record.store import RecordStore

#: What checks were called before; these names go with the next release.
ALIASES = {"slept": "scaled_to_zero", "woke": "cold_started", "worked_off": "drained"}


class UnknownCheck(BadInput, AttributeError):
    """A name that no check has."""


class RunResult:
    """The fixture ``run``: ``run.meets(…)``, and each check by its name: ``run.recovered(within="2m")``.

    Each answer is one Verdict or several (Verdicts), kept in ``verdicts`` in the order asked.
    """

    def __init__(
        self,
        store: RecordStore,
        objectives: Mapping[str, Objective] | None = None,
        measured: Sequence[Measurement] = (),
    ) -> None:
        """Ask the record's own objectives, or others that were ``measured`` from it.

        Raise RecordTrouble when the record is not whole.
        """
        self.store = store
        self.saved = SavedRun(store, objectives, measured)
        self.record = self.saved.record
        self.verdicts: list[Verdict] = []
        #: All that counted in the end, with what is asked of every run and what the test's body came to.
        self.told: tuple[Verdict, ...] = ()

    def meets(self, objective: str, *, over: Phase) -> Verdict:
        """Did the objective hold over that window? Raises BadInput for a name that no objective has."""
        verdict = meets(self.saved, objective, over)
        self.verdicts.append(verdict)
        return verdict

    def fault(self, action: str) -> Phase:
        """The window of one fault of several, by its action's name in the experiment; FAULT of an only one.

        The second action of a name is ``name (2)``. Raises BadInput for a name that no action had.
        """
        struck = self.record.fault.by_name if self.record.fault else {}
        if struck and action not in struck and not self.saved.doubts:
            raise BadInput(f"no fault {action!r}; there are: {', '.join(struck)}")
        return FAULT if len(struck) == 1 else Phase.of_fault(action)

    def ask(self, check: Callable[..., Answer], *args: Any, **limits: Any) -> Answer:
        """Put any check to the run: one of ours, or a project's own. A run in doubt answers UNKNOWN to all.

        Raises BadInput where it answers with anything but verdicts.
        """
        answer = registry.heard(check(self.saved, *args, **limits), self.saved.doubts)
        self.verdicts += (answer,) if isinstance(answer, Verdict) else answer
        return answer

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        """Each check of ``slaharness.checks`` by its name."""
        checks = registry.known()
        if name in ALIASES:
            warnings.warn(f"run.{name} is now run.{ALIASES[name]}", DeprecationWarning, stacklevel=2)
            name = ALIASES[name]
        if name not in checks:
            raise UnknownCheck(f"no check {name!r}; there are: {', '.join(sorted(checks))}")
        return partial(self.ask, checks[name])

    @property
    def no_residue(self) -> Verdict:
        """Is nothing left of the fault? Asked of every run, whether the scenario asks or not."""
        return no_residue(self.record)

    @property
    def unasked(self) -> tuple[Verdict, ...]:
        """What is answered of every run, whether its scenario asks or not."""
        told = hypothesis_afterwards(self.saved)
        return (self.no_residue,) if told is None else (told, self.no_residue)
