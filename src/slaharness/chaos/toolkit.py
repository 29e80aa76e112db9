"""Run an experiment through Chaos Toolkit, as a child process: it wants the main thread and keeps Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from slaharness.chaos.experiment import Experiment, check, check_targets
from slaharness.chaos.journal import Span, report
from slaharness.cluster.provider import direct
from slaharness.errors import ChaosTrouble
from slaharness.model import FaultReport

__all__ = ["Experiment", "Standby", "check", "check_targets", "standby"]

#: Seconds that an interrupted experiment has for its rollbacks.
ROLLBACKS = 60.0
#: What would choose another cluster, or a way to it, than the kubeconfig that we hand over.
OTHER_WAYS = ("KUBERNETES_CONTEXT", "KUBERNETES_HOST", "CHAOSTOOLKIT_IN_POD")
#: Lines of a child's output that explain an end without a journal.
TAIL = 5
#: Chaos Toolkit colours its output even into a file.
COLOUR = re.compile(r"\x1b\[\d+m")


class Standby:
    """A child that has loaded Chaos Toolkit, which takes seconds, and waits for the word to run."""

    def __init__(self, child: "subprocess.Popen[bytes]", journal: Path) -> None:
        self._child, self._journal = child, journal

    def run(self, experiment: Experiment, within: float) -> FaultReport:
        """Run ``experiment`` for at most ``within`` s; say what it did to the cluster. Once only.

        On Ctrl-C, and after ``within`` s, the experiment is interrupted once and has 60 s for its rollbacks.
        Whatever goes wrong from here on is in ``problems``.
        """
        began, problem = time.time(), ""
        arguments = _arguments(experiment, self._journal)
        order = {"limit": int(within + 2 * ROLLBACKS), "arguments": arguments}
        try:
            self._child.communicate(json.dumps(order).encode(), timeout=within)
        except subprocess.TimeoutExpired:
            problem = f"the experiment did not end within {within:g} s and was stopped"
        finally:
            _end(self._child)
        if not problem and not self._journal.exists():
            said = _tail(self._journal)
            problem = f"Chaos Toolkit ended with {self._child.returncode} and no journal: {said}"
        return report(experiment.name, self._journal, Span(began, time.time(), problem))


@contextmanager
def standby(access: Path, journal: Path, run_id: str, modules: Iterable[str] = ()) -> Iterator[Standby]:
    """Have Chaos Toolkit ready to run one experiment with kubeconfig ``access``; nothing of it is left after.

    It has loaded ``modules``. Its journal goes to ``journal``, its output beside it (``.log``). Experiments
    find ``run_id`` where load profiles do, in RUN_ID.
    Raises ChaosTrouble when it cannot be started.
    """
    journal.unlink(missing_ok=True)  # an older one must not speak for this run
    env = {key: value for key, value in os.environ.items() if key not in OTHER_WAYS}
    with journal.with_suffix(".log").open("wb") as log:
        try:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "slaharness.chaos.child", str(os.getpid()), *sorted(modules)],
                env=env | direct() | {"KUBECONFIG": str(access), "RUN_ID": run_id},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is ours to pass on, once
            )
        except OSError as error:
            raise ChaosTrouble(f"Chaos Toolkit cannot be started: {error}") from error
        with child:
            try:
                yield Standby(child, journal)
            finally:
                if child.returncode is None:  # it has no order, so it has done nothing
                    _kill(child)


def _arguments(experiment: Experiment, journal: Path) -> list[str]:
    """Arguments for ``chaos``: nothing asks the network for versions, and no settings of the user's apply.

    What must hold after the fault is for our objectives to say, so the steady state is asked before it only.
    """
    quiet = ["--no-version-check", "--no-log-file", "--settings", os.devnull]
    strategy = ["--rollback-strategy", "always", "--hypothesis-strategy", "before-method-only"]
    return [*quiet, "run", *strategy, "--journal-path", str(journal), str(experiment.file)]


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Interrupt the child once if it still runs, and kill what is left of it after its time for rollbacks."""
    try:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                child.wait(ROLLBACKS)
    finally:
        _kill(child)


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """Kill it and the programs it started."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _tail(journal: Path) -> str:
    plain = COLOUR.sub("", journal.with_suffix(".log").read_text(errors="replace"))
    lines = plain.strip().splitlines()
    return " / ".join(line.strip() for line in lines[-TAIL:]) or "it said nothing"
