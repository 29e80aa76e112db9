"""What plain Chaos Toolkit concludes: `chaos run` with a hypothesis that asks the same Prometheus."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

from lab.ours import experiment
from lab.situations import FAULT, LIMIT, Situation
from lab.world import BUCKET, COUNTER, World
from slaharness.host.paths import CACHE

#: chaostoolkit-prometheus imports the last four without asking for them; tolerances need the JSON paths.
PACKAGES = (
    "chaostoolkit==1.19.0", "chaostoolkit-kubernetes==0.39.0", "chaostoolkit-prometheus==0.6.0",
    "chaostoolkit-lib[jsonpath]", "logzero", "maya", "dateparser", "setuptools<81",
)  # fmt: skip
#: Chaos Toolkit's words for how an experiment ended, where it concludes something.
CONCLUSIONS = {"completed": "MET", "deviated": "MISSED"}


def installed() -> Path:
    """The program ``chaos`` in an environment of its own, in the user's cache; made when it is not there."""
    key = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    folder = CACHE / "bench" / f"chaostoolkit-{key}"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True, stdout=sys.stderr, timeout=600)
        (folder / "complete").touch()
    return folder / "bin/chaos"


def conclude(chaos: Path, situation: Situation, world: World) -> tuple[str, str]:
    """Its conclusion in our words, by its journal, and what it ends with.

    UNKNOWN when it says neither that all was well nor that it was not: also when its hypothesis did not hold
    before the fault, which it notes, injects nothing, and ends ``completed`` with 0.
    """
    world.live()
    time.sleep(FAULT + 2)  # its hypothesis looks back over a window, before the fault too
    file, journal = world.folder / "experiment.json", world.folder / "journal.json"
    file.write_text(json.dumps(_experiment(situation, world)))
    quiet = ["--no-version-check", "--no-log-file", "--settings", os.devnull]
    process = subprocess.Popen(
        [chaos, *quiet, "run", "--journal-path", journal, file],
        env=os.environ | {"KUBECONFIG": str(world.cluster.info.kubeconfig)},
        cwd=world.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    if situation.interrupted:
        world.once_struck = lambda _: process.send_signal(signal.SIGINT)
    process.wait(timeout=90)
    if not journal.exists():  # not its conclusion, but a bench that gave it something it cannot run
        raise RuntimeError(f"{situation.name}: chaos ended with {process.returncode} and no journal")
    told = json.loads(journal.read_text())
    status = "deviated" if told["deviated"] else told["status"]
    if not told["steady_states"]["before"]["steady_state_met"]:
        status = "not begun"
    broken = situation.interrupted and not world.marker.exists()
    return CONCLUSIONS.get(status, "UNKNOWN") + (
        ", left broken" if broken else ""
    ), f"exit {process.returncode}"


def _experiment(situation: Situation, world: World) -> dict[str, object]:
    arguments = {"ns": "application", "label_selector": situation.selector, "grace_period": 0}
    kill = {"module": "chaosk8s.pod.actions", "func": "terminate_pods", "arguments": arguments}
    whole = experiment(situation, world, kill)
    pause = LIMIT if situation.asks == "recovery" else FAULT
    whole["method"][0].setdefault("pauses", {}).setdefault("after", pause)
    return whole | {
        "configuration": {"prometheus_base_url": world.prometheus.url},
        "steady-state-hypothesis": {"title": "Users get an answer", "probes": [_probe(situation)]},
    }


def _probe(situation: Situation) -> dict[str, object]:
    """The share of good requests over the window of the fault; for a recovery, over 2 s before the limit."""
    span = 2 if situation.asks == "recovery" else int(FAULT)
    good = {
        "between two bounds": f'{BUCKET}{{outcome="ok", le="0.3"}}',
        "nothing": 'no_such_total{outcome="ok"}',
    }.get(situation.asks, f'{COUNTER}{{outcome="ok"}}')
    query = f"sum(increase({good}[{span}s])) / sum(increase({COUNTER}[{span}s])) >= 0.99"
    provider = {"module": "chaosprometheus.probes", "func": "query", "arguments": {"query": query}}
    return {
        "type": "probe",
        "name": "the ratio is there, as it reaches its target",
        "tolerance": {"type": "jsonpath", "path": "$.data.result[*].value", "count": 1},
        "provider": {"type": "python", **provider},
    }
