"""What tests of the load share: ledgers and readbacks on disk, a weather stack, Locust to send to it."""

from ledgers import READINGS, kept, zipped

__all__ = ["kept", "zipped"]

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from slaharness.host.wait import until
from slaharness.ledger import ledger
from slaharness.load.manifest import RECORDER, TOKEN

HERE = Path(__file__).parent
#: What whoever began the load shows its recorder.
SHOWN = {TOKEN: "this load's own"}


@pytest.fixture(scope="session")
def stub() -> ModuleType:
    """The module beside this one; pytest's importlib mode puts no folder on the path."""
    spec = spec_from_file_location("stub", HERE / "stub.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(stub) -> Iterator[object]:
    with stub.serving() as server:
        yield server


@dataclass
class Recorded:
    """A Locust process with the recorder, as its pod's HTTP port shows it."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def state(self):
        return requests.get(f"{self.url}/state", headers=SHOWN, timeout=5).json()

    def stop(self):
        return requests.post(f"{self.url}/stop", headers=SHOWN, timeout=30).json()

    def ledger(self):
        path = self.folder / "fetched.csv.gz"
        path.write_bytes(requests.get(f"{self.url}/ledger", headers=SHOWN, timeout=5).content)
        return ledger.load(path, READINGS)

    def counts(self, metric):
        """Of one counter or histogram: the values of its labels, in their order → value."""
        text = requests.get(f"{self.url}/metrics", timeout=30).text
        return {
            tuple(sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == metric
        }

    def answers(self):
        try:
            return self.state()
        except requests.ConnectionError:
            return None


@contextmanager
def started(
    profile: Path, host: str, port: int, folder: Path, beside: Sequence[Path] = (), **env: str
) -> Iterator[Recorded]:
    files = ",".join(str(shutil.copy(each, folder)) for each in (RECORDER, *beside, profile))
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", files, "--headless", "--host", host, "-t", "600s"],
        cwd=folder,
        env={
            **os.environ,
            "RECORDER_ADDRESS": f"127.0.0.1:{port}",
            "RECORDER_TOKEN_SHA256": sha256(SHOWN[TOKEN].encode()).hexdigest(),
            **env,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        recorded = Recorded(f"http://127.0.0.1:{port}", folder, process)
        until(recorded.answers, within=120, every=0.1, what="Locust answers")
        yield recorded
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def locust():
    """Run a profile beside the recorder: ``with locust(profile, host, port, folder, **env) as load``."""
    return started
