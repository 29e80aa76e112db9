"""``slaharness check``: whether the project's files can run, answered without a cluster."""

import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from threading import Lock

import click

from slaharness.chaos import experiment as experiments
from slaharness.chaos.allowed import NOTHING_MORE, Allowed
from slaharness.chaos.format import source
from slaharness.chaos.format.variables import Given, given
from slaharness.cli import options
from slaharness.cost import prices
from slaharness.errors import BadInput
from slaharness.host import project
from slaharness.load import profile
from slaharness.load import source as source_of_load
from slaharness.model import Scenario
from slaharness.objectives import openslo
from slaharness.settings import read

#: Where a project has what, below its root.
EXPERIMENTS, PROFILES, PRICES = "experiments", "loadprofiles", "scenarios/prices.yaml"
OBJECTIVES = ("scenarios/objectives", "scenarios/services")
#: How one file is checked: it answers what is to be said of it, and raises BadInput when it would be refused.
Check = Callable[[], Iterable[str]]


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@options.VAR
@options.VAR_FILE
def check(names: Sequence[str], variables: Sequence[str], variable_files: Sequence[Path]) -> None:
    """Check experiments, objectives and load profiles without a cluster.

    By the NAME of a scenario or of a file, or by FILE; all of the project's without any. Says file, line and
    reason, and exits 4, when one would be refused.
    """
    wanted = _checks(names, given(variables, variable_files))
    with ThreadPoolExecutor() as threads:  # Locust is asked in a process of its own
        refused = [words for words in threads.map(_asked, wanted) if words]
    for words in refused:
        click.echo(words, err=True)
    click.echo(f"{len(wanted)} checked, {len(refused)} refused")
    if refused:
        sys.exit(BadInput.exit_code)


def refusal(scenario: Scenario, root: Path) -> str:
    """Why it would not be run, as far as its files alone tell; "" when they can be.

    Locust is not asked, which takes a second: ``check`` does that.
    """
    try:
        source_of_load.read(profile.find(scenario.load, root / PROFILES))
        if scenario.experiment:
            experiments.check(source.find(scenario.experiment, root / EXPERIMENTS), _allowed())
    except BadInput as error:
        return str(error)
    return ""


def _asked(one: Check) -> str:
    """Why it would be refused, "" when it would not be."""
    try:
        for note in one():
            click.echo(note)
    except BadInput as error:
        return str(error)
    return ""


def _checks(names: Sequence[str], said: Given) -> list[Check]:
    profiles = _Profiles()
    if not names:
        root = project.root()
        folders = [partial(_objectives, folder) for name in OBJECTIVES if (folder := root / name).is_dir()]
        # Profiles first: Locust takes the longest to answer.
        files = [*sorted((root / PROFILES).glob("*.py")), *_experiments(root)]
        return [
            *(_by_kind(file, said, profiles) for file in files),
            *folders,
            partial(_prices, root / PRICES),
        ]
    return [one for name in names for one in _named(name, said, profiles)]


def _experiments(root: Path) -> list[Path]:
    return sorted(file for file in (root / EXPERIMENTS).glob("*") if file.suffix in source.ENDINGS)


def _named(name: str, said: Given, profiles: "_Profiles") -> list[Check]:
    """What a word of the command line means: a file, files of that name, or those of a scenario."""
    if (file := Path(name)).is_file():
        return [_by_kind(file, said, profiles)]
    root = project.root()
    known = [*_experiments(root), *(root / PROFILES).glob("*.py")]
    known += [file for folder in OBJECTIVES for file in (root / folder).glob("*.y*ml")]
    if found := [file for file in known if file.stem == name]:
        return [_by_kind(file, said, profiles) for file in found]
    from slaharness.cli.scenarios import collected  # noqa: PLC0415  # pytest is needed for nothing else

    for scenario in collected():
        if scenario.name == name:
            files = [profile.find(scenario.load, root / PROFILES)]
            files += [source.find(scenario.experiment, root / EXPERIMENTS)] if scenario.experiment else []
            return [_by_kind(file, said, profiles) for file in files]
    raise BadInput(f"no file, experiment, objective, load profile or scenario is called {name!r}")


def _by_kind(file: Path, said: Given, profiles: "_Profiles") -> Check:
    if file.suffix == ".py":
        return profiles.check(file)
    if any(file.resolve().parent.match(folder) for folder in OBJECTIVES) or _is_openslo(file):
        return partial(_objective, file)
    return partial(_experiment, file, said)


def _is_openslo(file: Path) -> bool:
    try:
        return "apiVersion: openslo" in file.read_text(errors="replace")
    except OSError:  # said by whoever reads it as something
        return False


def _experiment(file: Path, said: Given) -> list[str]:
    return [f"{file}: {note}" for note in experiments.check(file, _allowed(), said).notes]


def _allowed() -> Allowed:
    """What the project around allows; a file outside of any has what everybody has."""
    try:
        root = project.root()
    except BadInput:
        return NOTHING_MORE
    return read.load(root).allowed


class _Profiles:
    """Load profiles, all looked at by one Locust once the first is asked about."""

    def __init__(self) -> None:
        self._files: list[Path] = []
        self._lock = Lock()

    def check(self, file: Path) -> Check:
        self._files.append(file)
        return partial(self._one, file)

    def _one(self, file: Path) -> list[str]:
        with self._lock:
            found = self._found[file]
        if isinstance(found, BadInput):
            raise found
        note = source_of_load.read(file).note
        return [f"load profile {file}: {note}"] if note else []

    @cached_property
    def _found(self) -> dict[Path, tuple[str, ...] | BadInput]:
        return dict(zip(self._files, profile.check_all(self._files), strict=True))


def _prices(file: Path) -> list[str]:
    prices.load(file)
    return []


def _objectives(folder: Path) -> list[str]:
    if refused := openslo.check(folder):
        raise BadInput("\n".join(refused))
    return []


def _objective(file: Path) -> list[str]:
    """One file, among those of its folder: they may refer to each other."""
    refused = [words for words in openslo.check(file.parent) if words.startswith(str(file))]
    if refused:
        raise BadInput("\n".join(refused))
    return []
