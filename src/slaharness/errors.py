"""Every error a person can meet, one line each, with the exit code it ends in."""


class HarnessError(Exception):
    """What was asked, what came back, what to do: one line. Ends in ``exit_code``."""

    exit_code = 6


class BadInput(HarnessError):
    """A scenario, experiment, objective, option or name that cannot be used as it is."""

    exit_code = 4


class NotAllowed(BadInput):
    """A context or namespace that faults must not touch."""


class HostTrouble(HarnessError):
    """The machine lacks something: root, a tool, disk, a free address range."""


class CommandFailed(HarnessError):
    """A program that we started said no."""


class ClusterTrouble(HarnessError):
    """A cluster cannot be made, reached or removed."""


class StackTrouble(HarnessError):
    """An image cannot be built, or the stack does not become ready."""


class LoadTrouble(HarnessError):
    """The load does not start, or its ledger cannot be fetched."""


class ChaosTrouble(HarnessError):
    """The experiment could not be run at all."""


class MeasuringTrouble(HarnessError):
    """Prometheus does not answer what it is asked."""


class RecordTrouble(BadInput):
    """A run record that is missing, cut short or not ours."""


class SendTrouble(HarnessError):
    """Figures that were to be sent to another system did not arrive there."""


class NotYet(HarnessError):
    """Something waited for did not come within its limit."""


class BrokenTest(HarnessError):
    """The code of a scenario's test broke: what it was to ask of its run, it did not, or not all of it."""

    exit_code = 7


class InternalError(HarnessError):
    """Something nobody foresaw: a fault of the harness itself, or of code that a project brings."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h


class Inconclusive(HarnessError):
    """A verdict is UNKNOWN: there is no evidence for a yes, and none for a no."""

    exit_code = 3
