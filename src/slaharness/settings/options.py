"""pytest's options, each also a line of its ini file: ``--sla-nodes 5`` is ``sla_nodes = 5``."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slaharness.cluster import choose
from slaharness.errors import BadInput
from slaharness.settings.fields import registry

KINDS = ", ".join(choose.PROVIDERS)


def _cluster(text: str, _root: Path) -> str:
    return choose.known(text)


def _count(text: str, _root: Path) -> int:
    if not text.isdecimal() or not int(text):
        raise BadInput(f"{text!r} is no number of 1 or more")
    return int(text)


def _address(text: str, _root: Path) -> str:
    return registry(text)


def _text(text: str, _root: Path) -> str:
    return text


def _folder(text: str, root: Path) -> Path | None:
    """What the command line says counts from the current folder, what the ini file says from its own."""
    return root / text if text else None


@dataclass(frozen=True)
class Option:
    """One of them; ``read`` makes of its text what the harness wants. Without a ``metavar`` it is a flag."""

    name: str
    help: str
    metavar: str = ""
    default: str = ""
    read: Callable[[str, Path], Any] = _text


OPTIONS = {
    one.name: one
    for one in (
        Option("cluster", f"where clusters come from: {KINDS}", "KIND", "local", _cluster),
        Option("cluster_name", "name of the local cluster", "NAME", "default"),
        Option("nodes", "workers of the local cluster", "N", "3", _count),
        Option("context", "kubeconfig context of an existing cluster", "CONTEXT"),
        Option("overlay", "Kustomize overlay to deploy instead of the profile", "DIR", read=_folder),
        Option("registry", "push images there, and have the nodes pull them by digest",
               "[http://]HOST[:PORT][/PATH]", read=_address),
        Option("yes", "install missing system packages without asking"),
        Option("replace_stack", "take away another profile's stack that is there, with its data"),
        Option("repeat", "run each scenario so many times", "N", "1", _count),
        Option("keep_cluster", "leave the cluster and the stack up afterwards"),
        Option("send", "send verdicts and figures to where the settings say ([send])"),
        Option("reports", "where run records go (reports/)", "DIR", read=_folder),
        Option("record", "judge this run record instead of running", "DIR", read=_folder),
        Option("objectives", "hold the run record against these objectives", "DIR", read=_folder),
    )
}  # fmt: skip


def add(parser: pytest.Parser) -> None:
    """Each option on the command line and in the ini file."""
    group = parser.getgroup("slaharness", "chaos and SLA scenarios")
    group.addoption(
        "--sla-scenario", "--scenario", dest="sla_scenario", action="append", default=[], metavar="NAME",
        help="run this scenario only (repeatable)",
    )  # fmt: skip
    group.addoption(
        "--sla-var", dest="sla_var", action="append", default=[], metavar="NAME[:TYPE]=VALUE",
        help="a value in the experiments' configuration (repeatable)",
    )  # fmt: skip
    group.addoption(
        "--sla-var-file", dest="sla_var_file", action="append", default=[], type=Path, metavar="FILE",
        help="values for the experiments' configuration and secrets (.yaml, .json), or environment (.env)",
    )  # fmt: skip
    for one in OPTIONS.values():
        flag = f"--sla-{one.name.replace('_', '-')}"
        if one.metavar:
            group.addoption(flag, metavar=one.metavar, help=one.help)
            parser.addini(f"sla_{one.name}", one.help, default=one.default)
        else:
            group.addoption(flag, action="store_true", default=None, help=one.help)
            parser.addini(f"sla_{one.name}", one.help, type="bool", default=False)


def check(config: pytest.Config) -> None:
    """Raise BadInput, naming the option, when one of them cannot be read."""
    for name in OPTIONS:
        value(config, name)


def value(config: pytest.Config, name: str) -> Any:
    """What the command line says, else the ini file, else the default."""
    option = OPTIONS[name]
    given = config.getoption(f"sla_{name}")
    if given is None:
        given, where, root = config.getini(f"sla_{name}"), f"sla_{name}", config.rootpath
    else:
        where, root = f"--sla-{name.replace('_', '-')}", config.invocation_params.dir
    if not option.metavar:
        return bool(given)
    try:
        return option.read(str(given), root)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
