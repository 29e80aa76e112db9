"""The page docs/extending.md works as written: each of its four parts is followed here."""

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from slaharness.chaos import experiment, journal
from slaharness.chaos.allowed import Allowed
from slaharness.cli import cli
from slaharness.cluster import choose
from slaharness.cluster.provider import Provider, Request
from slaharness.errors import BadInput, ClusterTrouble
from slaharness.ledger import ledger
from slaharness.model import FAULT, Outcome, Timeline, Window
from slaharness.settings import read as settings

SPAN = journal.Span(0.0, 1e10)
PAGE = Path(__file__).parents[2] / "docs/extending.md"
BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(chapter: str) -> dict[str, str]:
    """The files of one chapter of the page, by name."""
    text = PAGE.read_text().partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    return dict(BLOCK.findall(text))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new project, as ``slaharness init shop`` writes it; what tests import of it is forgotten."""
    cli(["init", str(tmp_path / "shop")], standalone_mode=False)
    monkeypatch.syspath_prepend(tmp_path / "shop")
    known = set(sys.modules)
    yield tmp_path / "shop"
    for name in set(sys.modules) - known:
        if getattr(sys.modules[name], "__file__", "") and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def follow(project: Path, chapter: str) -> dict[str, str]:
    """Put the chapter's files where it says. Settings replace the sections that they name."""
    found = blocks(chapter)
    for name, text in found.items():
        if name != "slaharness.toml":
            (project / name).write_text(text)
    if added := found.get("slaharness.toml"):
        _replace_sections(project / "slaharness.toml", added)
    return found


def _replace_sections(file: Path, added: str) -> None:
    names = list(tomllib.loads(added))
    kept = [
        section
        for section in re.split(r"(?m)^(?=\[)", file.read_text())
        if not section.startswith(tuple(f"[{name}]" for name in names))
    ]
    file.write_text("".join(kept) + "\n" + added)


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_fault_may_be_called_with_the_rights_that_it_declares_and_only_when_allowed(
    project: Path,
) -> None:
    """By the project's own settings."""
    follow(project, "A fault")
    modules = tuple(settings.load(project).settings.faults.modules)
    checked = experiment.check(project / "experiments/hold-still.yaml", Allowed(modules, project))
    assert (checked.namespaces, checked.rights("shop")) == (("shop",), {"pods": "list"})
    with pytest.raises(BadInput, match="'hold_still' is not allowed"):
        experiment.check(project / "experiments/hold-still.yaml")


def test_the_faults_answer_keeps_the_contract_and_nothing_is_struck(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says which pods it found."""
    follow(project, "A fault")
    module = load(project / "hold_still.py")
    pod = SimpleNamespace(
        metadata=SimpleNamespace(name="shop-1", uid="u1"), spec=SimpleNamespace(node_name="n1")
    )
    core = SimpleNamespace(list_namespaced_pod=lambda *_, **__: SimpleNamespace(items=[pod]))
    monkeypatch.setattr(module, "core", lambda _: core)
    answer = module.hold_still(namespace="shop", selector="app=shop")
    assert set(answer) <= contract()
    assert answer["matched"] == [{"name": "shop-1", "uid": "u1", "node": "n1"}]
    assert answer["died"] == []
    told = journal.read("hold still", ran(project / "experiments/hold-still.yaml", answer), SPAN)
    assert told.matched == ("shop/shop-1 on n1",)
    assert told.problems == ("action 'hold still': 1 matched, 0 died",)


def ran(file: Path, answer: dict[str, Any]) -> dict[str, Any]:
    """The journal of the page's experiment, whose one action answered that."""
    plan = yaml.safe_load(file.read_text())
    run = {"activity": plan["method"][0], "status": "succeeded", "output": answer}
    return {
        "status": "completed", "experiment": plan, "run": [run], "rollbacks": [], "steady_states": {}
    }  # fmt: skip


def contract() -> set[str]:
    """The keys of the page's table."""
    return set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE))


HEADER = ",".join(ledger.HEADER)
ROW = "{at},{at},{at},front page,read,,,{outcome},200"


@pytest.mark.parametrize(("at_least", "outcome"), [(2, Outcome.MET), (3, Outcome.MISSED)])
def test_the_check_answers_from_the_record_alone(
    project: Path, tmp_path: Path, at_least: int, outcome: Outcome
) -> None:
    """Two of three requests were answered in FAULT, and one after it."""
    follow(project, "A check")
    answered = load(project / "answered.py").answered
    verdict = answered(record(tmp_path), at_least=at_least)
    assert (verdict.outcome, verdict.requests) == (outcome, 3)
    assert answered(record(tmp_path, doubts="nothing was struck"), at_least=1).outcome is Outcome.UNKNOWN
    assert answered(record(tmp_path, windows=()), at_least=1).outcome is Outcome.UNKNOWN


def record(folder: Path, *, doubts: str = "", windows: Any = None) -> SimpleNamespace:
    said = ((1, "ok"), (2, "fail"), (3, "ok"), (12, "ok"))
    rows = [ROW.format(at=at, outcome=word) for at, word in said]
    file = folder / "ledger.csv.gz"
    file.write_bytes(gzip.compress("\n".join([HEADER, *rows, f"# end,{len(rows)}", ""]).encode()))
    timeline = Timeline(windows=(Window(FAULT, 0.0, 10.0),) if windows is None else windows)
    return SimpleNamespace(doubts=doubts, timeline=timeline, ledger=ledger.load(file))


@pytest.mark.parametrize(("pods", "missing"), [([1], []), ([], ["a pod with app=shop in shop"])])
def test_the_stack_is_the_one_that_the_settings_name(
    project: Path, pods: list[int], missing: list[str]
) -> None:
    """And is asked whether it serves."""
    follow(project, "A stack")
    text = re.sub(r"(?ms)^\[(load|prometheus)\].*?(?=^\[|\Z)", "", (project / "slaharness.toml").read_text())
    (project / "slaharness.toml").write_text(text)
    stack = settings.load(project).stack
    assert (stack.name, stack.profile("core"), stack.images()) == ("shop", None, {})
    core = SimpleNamespace(list_namespaced_pod=lambda *_, **__: SimpleNamespace(items=pods))
    api: Any = SimpleNamespace(core=core)
    assert stack.missing(api) == missing


def test_the_provider_keeps_every_method_of_the_protocol(project: Path) -> None:
    """Each may be called again; what cannot be made is the cluster's trouble, not a traceback."""
    follow(project, "A provider")
    nowhere = load(project / "nowhere.py").Nowhere
    assert {name for name in vars(Provider) if not name.startswith("_")} <= set(dir(nowhere))
    made = nowhere.asked(Request("dev"))
    assert made.find() is None
    assert made.down() is False
    with pytest.raises(ClusterTrouble, match="cluster dev"):
        made.up()


#: What a harness offers, and what it makes of a provider of its own.
OFFERED = """
import json
from pathlib import Path
from slaharness.cli import load
from slaharness.cli.cluster import _found
from slaharness.cluster import choose
from slaharness.errors import BadInput
from slaharness.settings.options import OPTIONS

commands = [load(name) for name in ("run", "deploy", "undeploy")]
options = [option for command in commands for option in command.params if "--cluster" in option.opts]
made = choose.provider("nowhere", name="dev")
choose.undo(made.undo_args())
try:
    _found(made)
except BadInput as error:
    refused = str(error)
print(json.dumps({
    "commands": [list(option.type.choices) for option in options],
    "help": OPTIONS["cluster"].help,
    "pytest": OPTIONS["cluster"].read("nowhere", Path()),
    "made": made.name,
    "refused": refused,
}))
"""


def test_a_provider_is_offered_everywhere_for_two_files(project: Path, tmp_path: Path) -> None:
    """The page's file and its one line, put into a copy of the harness: nothing else is touched."""
    added = blocks("A provider")
    copied = shutil.copytree(Path(choose.__file__).parents[1], tmp_path / "copy/slaharness")
    (copied / "cluster/nowhere.py").write_text(added["nowhere.py"])
    file = copied / "cluster/choose.py"
    before, line, after = file.read_text().partition('    "local": ')
    file.write_text(before + added["choose.py"] + line + after)
    told = subprocess.run(
        [sys.executable, "-c", OFFERED], env={**os.environ, "PYTHONPATH": str(copied.parent)},
        cwd=project, check=True, capture_output=True, text=True,
    )  # fmt: skip
    kinds = ["nowhere", *choose.PROVIDERS]
    offered = json.loads(told.stdout)
    assert offered["commands"] == [kinds] * 3
    assert offered["help"].endswith(", ".join(kinds))
    assert (offered["pytest"], offered["made"]) == ("nowhere", "dev")
    assert offered["refused"] == (
        "cluster 'dev' is not up; make it with `slaharness run --keep-cluster --cluster nowhere --name dev`"
    )
