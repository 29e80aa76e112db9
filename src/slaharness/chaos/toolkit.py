"""Run an experiment through Chaos Toolkit, as a child process: it wants the main thread and keeps Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from slaharness.chaos.experiment import Experiment, check, check_targets
from slaharness.chaos.journal import Span, report
from slaharness.errors import ChaosTrouble
from slaharness.model import FaultReport

__all__ = ["Experiment", "check", "check_targets", "run"]

#: Seconds that an interrupted experiment has for its rollbacks.
ROLLBACKS = 60.0
#: What would choose another cluster, or a way to it, than the kubeconfig that we hand over.
OTHER_WAYS = ("KUBERNETES_CONTEXT", "KUBERNETES_HOST", "CHAOSTOOLKIT_IN_POD")
#: Lines of a child's output that explain an end without a journal.
TAIL = 5
#: Chaos Toolkit colours its output even into a file.
COLOUR = re.compile(r"\x1b\[\d+m")


def run(experiment: Experiment, access: Path, journal: Path, within: float) -> FaultReport:
    """Run ``experiment`` with kubeconfig ``access`` for at most ``within`` s; say what it did to the cluster.

    Chaos Toolkit's journal goes to ``journal``, its output beside it (``.log``). On Ctrl-C, and after
    ``within`` s, the experiment is interrupted once and has 60 s for its rollbacks.
    Raises ChaosTrouble when Chaos Toolkit cannot be started; all else that goes wrong is in ``problems``.
    """
    journal.unlink(missing_ok=True)  # an older one must not speak for this run
    began, problem = time.time(), ""
    with _child(experiment, access, journal, within) as child:
        try:
            child.wait(within)
        except subprocess.TimeoutExpired:
            problem = f"the experiment did not end within {within:g} s and was stopped"
    if not problem and not journal.exists():
        problem = f"Chaos Toolkit ended with {child.returncode} and no journal: {_tail(journal)}"
    return report(experiment.name, journal, Span(began, time.time(), problem))


@contextmanager
def _child(
    experiment: Experiment, access: Path, journal: Path, within: float
) -> Iterator["subprocess.Popen[bytes]"]:
    """Keep the child for the body; none of its processes is left afterwards, however the body ends."""
    limit = str(int(within + 2 * ROLLBACKS))
    argv = [sys.executable, "-P", "-m", "slaharness.chaos.child", str(os.getpid()), limit]
    env = {key: value for key, value in os.environ.items() if key not in OTHER_WAYS}
    with journal.with_suffix(".log").open("wb") as log:
        try:
            child = subprocess.Popen(
                [*argv, *_arguments(experiment, journal)],
                env=env | {"KUBECONFIG": str(access)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is ours to pass on, once
            )
        except OSError as error:
            raise ChaosTrouble(f"Chaos Toolkit cannot be started: {error}") from error
        try:
            yield child
        finally:
            _end(child)


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
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _tail(journal: Path) -> str:
    plain = COLOUR.sub("", journal.with_suffix(".log").read_text(errors="replace"))
    lines = plain.strip().splitlines()
    return " / ".join(line.strip() for line in lines[-TAIL:]) or "it said nothing"
