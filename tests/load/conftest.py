"""What tests of the load share: ledgers and readbacks on disk, a weather stack to send requests to."""

import csv
import gzip
from collections.abc import Callable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from slaharness.load import ledger

HERE = Path(__file__).parent


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


@pytest.fixture(scope="session")
def kept(tmp_path_factory) -> Callable[..., ledger.Ledger]:
    """Write requests as the recorder does, and load them."""
    path = tmp_path_factory.mktemp("kept") / "ledger.csv.gz"

    def write(*requests: ledger.Request) -> ledger.Ledger:
        with gzip.open(path, "wt", newline="", compresslevel=1) as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerows([ledger.HEADER, *requests, ("# end", len(requests))])
        return ledger.load(path)

    return write


@pytest.fixture
def zipped(tmp_path) -> Callable[[str, Sequence[str]], Path]:
    """Write lines as a gzip file."""

    def write(name: str, lines: Sequence[str]) -> Path:
        path = tmp_path / name
        path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
        return path

    return write
