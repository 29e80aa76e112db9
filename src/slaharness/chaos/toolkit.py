"""Run an experiment through Chaos Toolkit, in a confined process: it wants a main thread, keeps Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from slaharness.chaos import confinement
from slaharness.chaos.experiment import Experiment, check
from slaharness.chaos.journal import Span, report
from slaharness.chaos.live import check_targets
from slaharness.chaos.put_back import signature
from slaharness.errors import ChaosTrouble
from slaharness.host import interrupt
from slaharness.host.progress import console
from slaharness.model import FaultReport

__all__ = ["Experiment", "Standby", "check", "check_targets", "standby"]

#: Seconds that an interrupted experiment has for its rollbacks.
ROLLBACKS = 60.0
#: The journal, in the experiment's own folder.
JOURNAL = "journal.json"
#: Of nice(2).
NICENESS = -10
#: Lines of a child's output that explain an end without a journal.
TAIL = 5
#: Chaos Toolkit colours its output even into a file.
COLOUR = re.compile(r"\x1b\[\d+m")


class Standby:
    """A child that has loaded Chaos Toolkit, which takes seconds, and waits for the word to run."""

    def __init__(
        self, child: "subprocess.Popen[bytes]", experiment: Experiment, own: confinement.Home, journal: Path
    ) -> None:
        self._child, self._experiment, self._home, self._journal = child, experiment, own, journal

    def run(self, within: float) -> FaultReport:
        """Run the experiment for at most ``within`` s; say what it did to the cluster. Once only.

        On Ctrl-C, and after ``within`` s, the experiment is interrupted once and has 60 s for its rollbacks.
        Whatever goes wrong from here on is in ``problems``.
        """
        began, problem = time.time(), ""
        arguments = _arguments(self._experiment, self._home)
        order = {"limit": int(within + 2 * ROLLBACKS), "arguments": arguments}
        _go_first(self._child.pid)
        try:
            self._child.communicate(json.dumps(order).encode(), timeout=within)
        except subprocess.TimeoutExpired:
            problem = f"the experiment did not end within {within:g} s and was stopped"
        finally:
            with interrupt.finishing():  # its rollbacks
                _end(self._child)
                self._keep_journal()
        if not problem and not self._journal.exists():
            said = _tail(self._journal)
            problem = f"Chaos Toolkit ended with {self._child.returncode} and no journal: {said}"
        after = self._experiment.asks_afterwards
        return report(self._experiment.name, self._journal, Span(began, time.time(), problem), after=after)

    def _keep_journal(self) -> None:
        with suppress(FileNotFoundError):
            self._journal.write_bytes((self._home.folder / JOURNAL).read_bytes())


@contextmanager
def standby(access: Path, journal: Path, run_id: str, experiment: Experiment) -> Iterator[Standby]:
    """Have Chaos Toolkit ready to run the experiment with kubeconfig ``access``; nothing of it is left after.

    It has loaded the experiment's modules. Its journal goes to ``journal``, its output beside it (``.log``).
    Experiments find ``run_id`` where load profiles do, in RUN_ID.
    Raises ChaosTrouble when it cannot be started.
    """
    journal.unlink(missing_ok=True)  # an older one must not speak for this run
    with confinement.home(experiment) as own, journal.with_suffix(".log").open("wb") as log:
        kubeconfig = own.put("kubeconfig", access.read_text())
        env = confinement.environment(experiment, own, run_id) | {"KUBECONFIG": str(kubeconfig)}
        if own.why:
            console.print(
                f"the experiment runs as root, and can reach all files here: {own.why}", markup=False
            )
        words = [sys.executable, "-P", "-m", "slaharness.chaos.child", str(os.getpid()), str(own.folder)]
        words.append(signature(run_id))
        try:
            child = subprocess.Popen(
                [*words, *sorted(experiment.modules)],
                env=env,
                user=own.user,
                group=own.group,
                extra_groups=None if own.user is None else [],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is ours to pass on, once
            )
        except OSError as error:
            raise ChaosTrouble(f"Chaos Toolkit cannot be started: {error}") from error
        with child:
            try:
                yield Standby(child, experiment, own, journal)
            finally:
                if child.returncode is None:  # it has no order, so it has done nothing
                    _kill(child)


def _arguments(experiment: Experiment, own: confinement.Home) -> list[str]:
    """Arguments for ``chaos``: nothing asks the network for versions, and no settings of the user's apply.

    What runs is what was checked, with its own strategy for the hypothesis.
    """
    file = own.put("experiment.yaml", yaml.safe_dump(experiment.data, sort_keys=False))
    quiet = ["--no-version-check", "--no-log-file", "--settings", os.devnull]
    strategy = ["--rollback-strategy", "always", "--hypothesis-strategy", experiment.hypothesis]
    run = ["run", *strategy, "--journal-path", str(own.folder / JOURNAL)]
    if experiment.given.secrets:
        secrets = {"secrets": experiment.given.secrets}
        run += ["--var-file", str(own.put("secrets.json", json.dumps(secrets)))]
    return [*quiet, *run, str(file)]


def _go_first(pid: int) -> None:
    """Have it served before what is put to the test, where that is allowed.

    A local cluster weighs as much as many programs. What plans work and stamps instants would be kept waiting
    by it for seconds, just when there is much to do (seen: 10 s behind its plan).
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid) + NICENESS)
    with suppress(
        OSError
    ):  # Linux may weigh sessions rather than processes; then this file is where theirs is set
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))


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
