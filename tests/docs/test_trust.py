"""The page on how trust is earned has no figure that the benches do not have."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = " ".join((ROOT / "docs/trust.md").read_text().split())


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch):
    """A bench by its name, loaded as ``python bench/NAME.py`` finds its parts."""
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    known = set(sys.modules)

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"bench_{name}", ROOT / f"bench/{name}.py")
        made = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, made)
        spec.loader.exec_module(made)
        return made

    yield load
    for name in set(sys.modules) - known:
        if name.split(".")[0] in {"lab", "mutants"}:
            del sys.modules[name]


def test_the_mutants_are_counted():
    """One that is added or taken away changes the page."""
    count = len(yaml.safe_load((ROOT / "weather/mutants/mutants.yaml").read_text()))
    assert f"[{count} mutants]" in TEXT


def test_the_situations_are_counted_by_their_truth(bench):
    """As many as `verdicts` asks."""
    truths = Counter(str(one.truth) for one in bench("verdicts").SITUATIONS)
    said = f"{truths['MET']} of them truly MET, {truths['MISSED']} MISSED, {truths['UNKNOWN']} UNKNOWN"
    assert f"{truths.total()} small situations" in TEXT
    assert said in TEXT


def test_limits_are_those_of_the_benches(bench):
    """What is asked for, and over how much."""
    recovery, ledger, restore = bench("recovery"), bench("ledger"), bench("restore")
    assert f"{recovery.RUNS} synthetic outages" in TEXT
    assert f"within {recovery.LIMIT:g} s of the truth" in TEXT
    assert f"{ledger.OPERATIONS // 10**6} million operations" in TEXT
    assert f"in {ledger.SECONDS:g} s of one core and {ledger.GIB:g} GiB" in TEXT
    load = bench("load")
    assert f"{100 * load.ACHIEVED:g} % of its plan kept" in TEXT
    assert f"{load.P99:g} times k6's p99 and {load.PROCESSOR:g} times its processor time" in TEXT
    assert f"at most {restore.LIMIT:g} times its time" in TEXT
    assert f"{100 * bench('mutation').LIMIT:g} % of the changes" in TEXT
