"""What ``slaharness check`` looks at: each a question that answers with notes, and with why it is refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from slaharness.chaos.allowed import NOTHING_MORE
from slaharness.chaos.format import source
from slaharness.chaos.format.variables import Given
from slaharness.cost import prices
from slaharness.errors import BadInput
from slaharness.host import project
from slaharness.load import source as source_of_load
from slaharness.objectives import openslo
from slaharness.plugin import collected
from slaharness.plugin.collected import Collected, Test
from slaharness.settings import read
from slaharness.settings.inputs import EXPERIMENTS, OBJECTIVES, PRICES, PROFILES, SERVICES, Files
from slaharness.settings.schema import Settings

Answer = Iterator[str | BadInput]
#: Answers, or raises BadInput.
Subject = Callable[[], Answer]
#: Load profiles, at which Locust looks all at once, and everything else.
Wanted = tuple[list[Path], Iterable[Subject]]
#: The same, by what each is about.
Found = tuple[list[Path], dict[object, Subject]]


class Here:
    """The project around, each part read when it is first needed; a file may lie outside of any."""

    def __init__(self, said: Given) -> None:
        self.said = said
        #: Names that values of the command line may have, of each experiment that was looked at.
        self.configured: list[frozenset[str]] = []

    @cached_property
    def root(self) -> Path | None:
        try:
            return project.root()
        except BadInput:
            return None

    @cached_property
    def files(self) -> Files:
        """Raises BadInput when the project's settings cannot be read."""
        if self.root is None:
            return Files(read.Project(Path.cwd(), Settings()), NOTHING_MORE, self.said)
        return Files(read.load(self.root), given=self.said)

    @cached_property
    def collected(self) -> Collected:
        return collected.look()

    def there(self, folder: str, *endings: str) -> list[Path]:
        """Files of the project with such a name, sorted."""
        found = (self.root / folder).glob("*") if self.root else ()
        return sorted(file for file in found if file.suffix in endings)

    @property
    def loads(self) -> list[Path]:
        return self.there(PROFILES, ".py")

    @property
    def experiments(self) -> list[Path]:
        return self.there(EXPERIMENTS, *source.ENDINGS)

    @property
    def objectives(self) -> list[Path]:
        return [file for folder in (OBJECTIVES, SERVICES) for file in self.there(folder, ".yaml", ".yml")]


def everything(here: Here) -> Wanted:
    """All files of the project. Raises BadInput when there is none around."""
    project.root()
    return here.loads, _everything(here)


def _everything(here: Here) -> Iterator[Subject]:
    yield partial(settings, here)
    yield from _tests(here, here.collected).values()
    yield from (partial(experiment, here, file) for file in here.experiments)
    yield from _judged_by(here).values()


def named(here: Here, names: Sequence[str]) -> Wanted:
    """What words of the command line mean, each once. Raises BadInput for one that means nothing."""
    files = ((name, Path(name)) for name in names)
    loads, others = _together(
        _by_kind(here, file) if file.is_file() else _called(here, name) for name, file in files
    )
    return loads, others.values()


def _together(found: Iterable[Found]) -> Found:
    loads, others = dict[Path, None](), dict[object, Subject]()
    for more, subjects in found:
        loads |= dict.fromkeys(more)
        others |= subjects
    return list(loads), others


def _called(here: Here, name: str) -> Found:
    """The scenario of that name with all it names, else files."""
    project.root()
    if tests := [one for one in here.collected.tests if one.scenario.name == name]:
        return _with_all_they_name(here, Collected(tests))
    found = [file for file in (*here.experiments, *here.loads, *here.objectives) if file.stem == name]
    if not found:
        why = "".join(f"; {one}" for one in here.collected.problems)
        raise BadInput(f"no file, scenario, experiment, load profile or objective is called {name!r}{why}")
    return _together(_by_kind(here, file) for file in found)


def _by_kind(here: Here, file: Path) -> Found:
    if file.suffix == ".py":
        return _scenario_file(here, file) if _holds_tests(here, file) else ([file], {})
    if file.suffix == ".toml":
        return [], {file: partial(settings, here, file)}
    if file.name == Path(PRICES).name:
        return [], {file: partial(priced, file)}
    if any(file.resolve().parent.match(one) for one in (OBJECTIVES, SERVICES)) or _is_openslo(file):
        return [], {file: partial(objective, file)}
    return [], {file: partial(experiment, here, file)}


def _holds_tests(here: Here, file: Path) -> bool:
    """What stands among scenarios, or is called as pytest calls tests and does not stand among loads."""
    place = file.resolve()
    if here.root and place.is_relative_to(here.root.resolve() / "scenarios"):
        return True
    return (place.match("test_*.py") or place.match("*_test.py")) and place.parent.name != PROFILES


def _is_openslo(file: Path) -> bool:
    try:
        return "apiVersion: openslo" in file.read_text(errors="replace")
    except OSError:  # said by whoever reads it as something
        return False


def _scenario_file(here: Here, file: Path) -> Found:
    project.root()
    found = collected.look(file.resolve())
    if not found.tests and not found.problems:
        found.problems.append(
            BadInput(f"{file}: holds no scenario: no test has @pytest.mark.scenario(load=…, experiment=…)")
        )
    return _with_all_they_name(here, found)


def _with_all_they_name(here: Here, found: Collected) -> Found:
    """Scenarios, and what they name and is there."""
    loads = {one.scenario.load for one in found.tests}
    experiments = {one.scenario.experiment for one in found.tests}
    files = [file for file in here.experiments if file.stem in experiments]
    others: dict[object, Subject] = {
        "settings": partial(settings, here),
        **_tests(here, found),
        **{file: partial(experiment, here, file) for file in files},
        **_judged_by(here),
    }
    return [file for file in here.loads if file.stem in loads], others


def _tests(here: Here, found: Collected) -> dict[object, Subject]:
    broken: dict[object, Subject] = {str(one): partial(_refused, one) for one in found.problems}
    return broken | {one.scenario: partial(scenario, here, one) for one in found.tests}


def _judged_by(here: Here) -> dict[object, Subject]:
    """What every run of the project is judged by. There must be objectives."""
    root = here.root or Path()
    folders = [root / OBJECTIVES, *(folder for folder in (root / SERVICES,) if folder.is_dir())]
    found: dict[object, Subject] = {folder: partial(objectives, folder) for folder in folders}
    return found | ({PRICES: partial(priced, root / PRICES)} if (root / PRICES).exists() else {})


def _refused(problem: BadInput) -> Answer:
    yield problem


def settings(here: Here, file: Path | None = None) -> Answer:
    """Its stack can be had, and the scenario is there that runs when none is named."""
    own = here.files.project if file is None or file.resolve().parent == here.root else read.of(file)
    if own.settings.stack:
        _ = own.stack
    default, found = own.settings.scenarios.default, here.collected
    known = [one.name for one in found.scenarios]
    if own.root == here.root and default and default not in known and not found.problems:
        there = ", ".join(sorted(known)) or "none"
        yield BadInput(
            f"{own.root / own.file}: scenarios.default: no scenario {default!r}; there are: {there}"
        )


def scenario(here: Here, test: Test) -> Answer:
    """What it names is there; those files are asked by themselves."""
    for missing in here.files.missing(test.scenario):
        yield BadInput(f"{test.scenario.nodeid}: {missing}" + (f" (line {test.line})" if test.line else ""))
    yield from here.files.unknown(test.scenario, test.asked)


def experiment(here: Here, file: Path) -> Answer:
    found = here.files.experiment(file)
    here.configured.append(found.configured)
    yield from (f"{file}: {note}" for note in found.notes)


def load(file: Path, looked: tuple[str, ...] | BadInput) -> Answer:
    """With what Locust said of it."""
    if isinstance(looked, BadInput):
        yield looked
    elif note := source_of_load.read(file).note:
        yield f"load profile {file}: {note}"


def priced(file: Path) -> Answer:
    prices.load(file)
    yield from ()


def objectives(folder: Path) -> Answer:
    yield from map(BadInput, openslo.check(folder))


def objective(file: Path) -> Answer:
    """One file, among those of its folder: they may refer to each other."""
    yield from (BadInput(words) for words in openslo.check(file.parent) if words.startswith(str(file)))
