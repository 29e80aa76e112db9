"""Which tests are scenarios, which were asked for, and what they name."""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import ModuleType

import allure
import pytest

from slaharness.errors import BadInput, HarnessError
from slaharness.host import internal_error, interrupt
from slaharness.model import Asked, Scenario, by_label
from slaharness.plugin import known, stash, written
from slaharness.scenario import from_marker
from slaharness.settings import options

#: Names of the marker: the short one, and one that no other plugin has.
MARKERS = ("scenario", "slaharness_scenario")
#: Questions that begin with a name: of an objective, of an action of the experiment.
NAMES = ("meets", "fault")
#: The fixture by which a test is one of several of its scenario.
REPEATED = "slaharness_repeated"
#: How each of them is called, beside parameters of the test's own.
TIME = "time {}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many tests of each scenario as it is to be run times."""
    times = options.value(metafunc.config, "repeat")
    if times > 1 and any(map(metafunc.definition.get_closest_marker, MARKERS)):
        metafunc.fixturenames.append(REPEATED)
        numbers = range(1, times + 1)
        metafunc.parametrize(REPEATED, numbers, indirect=True, ids=map(TIME.format, numbers))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each marked test its Scenario, keep those asked for, and refuse what cannot run."""
    with as_usage_error():
        _mark(config, [item for item in items if isinstance(item, pytest.Function)])
        if refused := config.stash[stash.REFUSED]:
            raise refused[0]
        if wanted := config.getoption("sla_scenario"):
            keep = _of_its_record(config, _named(wanted, items, config.stash[stash.TROUBLE]))
            config.hook.pytest_deselected(items=[item for item in items if item not in keep])
            items[:] = keep
        scenarios = [item for item in items if stash.SCENARIO in item.stash]
        if scenarios and not config.option.collectonly and not options.value(config, "record"):
            _get_ready(config, scenarios)


def _mark(config: pytest.Config, items: list[pytest.Function]) -> None:
    """Give each its Scenario, or keep why it can have none."""
    names: dict[str, Scenario] = {}
    for item in items:
        if not (marker := next(filter(None, map(item.get_closest_marker, MARKERS)), None)):
            continue
        try:
            found = from_marker(_by_name(item, marker), _nodeid(item), inspect.getdoc(item.obj))
            _no_other(found, names.setdefault(found.name, found))
            _can_be_run(item)
        except BadInput as error:
            config.stash[stash.REFUSED].append(BadInput(f"{error}{_line(item)}"))
            continue
        item.stash[stash.SCENARIO] = replace(found, topic=_topic(item.module))
        _entitled(item, f"{found.question or found.name} ({found.name})")


def _nodeid(item: pytest.Function) -> str:
    """As it is called when it is not repeated: of all of its times the records are of one test."""
    if not hasattr(item, "callspec") or REPEATED not in item.callspec.params:
        return item.nodeid
    time = TIME.format(item.callspec.params[REPEATED])
    test, _, inside = item.nodeid.removesuffix("]").partition(f"{item.originalname}[")
    own = inside.removeprefix(f"{time}-").removesuffix(f"-{time}") if inside != time else ""
    return f"{test}{item.originalname}[{own}]" if own else f"{test}{item.originalname}"


def _entitled(item: pytest.Function, title: str) -> None:
    """Allure keeps it with the function: a method takes no attributes, what it is made of does."""
    allure.title(title)(getattr(item.obj, "__func__", item.obj))  # type: ignore[no-untyped-call]  # it has no annotations


def _by_name(item: pytest.Item, marker: pytest.Mark) -> Mapping[str, object]:
    if marker.args:
        raise BadInput(f"{item.nodeid}: scenario() takes its arguments by name: load=…, experiment=…")
    return marker.kwargs


def _no_other(found: Scenario, first: Scenario) -> None:
    """Raise BadInput for two scenarios of one name: records, and the word of the command line, mean both."""
    alike = replace(found, nodeid=first.nodeid, question=first.question)
    if alike != first:
        raise BadInput(
            f"{found.nodeid}: {first.nodeid} is another scenario of the name {found.name!r}; give one "
            "of them a name=… of its own"
        )


def _can_be_run(item: pytest.Function) -> None:
    """Raise BadInput for a test that would be green with nothing run, or of which nothing would be asked."""
    if "slaharness_run" not in item.fixturenames:
        raise BadInput(f"{item.nodeid}: does not take `run`, so nothing would be run")
    if inspect.iscoroutinefunction(item.obj) or inspect.isasyncgenfunction(item.obj):
        raise BadInput(f"{item.nodeid}: is `async`, so its body would not be run; write `def`")


def _line(item: pytest.Function) -> str:
    number = written.line(item.obj)
    return f" (line {number})" if number else ""


def _topic(module: ModuleType) -> str:
    """What the scenarios of a file are about: the first sentence of its docstring."""
    return " ".join((inspect.getdoc(module) or "").partition("\n\n")[0].split())


def _get_ready(config: pytest.Config, scenarios: Sequence[pytest.Item]) -> None:
    """Read what the scenarios name, for a cluster that may be used; from now on undo all when interrupted."""
    # unit tests need neither Kubernetes nor Chaos Toolkit
    from slaharness.chaos.format import variables  # noqa: PLC0415
    from slaharness.cluster import choose  # noqa: PLC0415
    from slaharness.settings import inputs, read  # noqa: PLC0415

    here = read.here()
    kind = options.value(config, "cluster")
    choose.provider(
        kind,
        context=options.value(config, "context"),
        released=here.settings.faults.contexts,
    )
    if options.value(config, "send"):
        config.stash[stash.RECEIVER] = here.receiver
    given = variables.given(config.getoption("sla_var"), config.getoption("sla_var_file"))
    enforced = here.allowed.network_policies or kind == "local"
    files = inputs.Files(here, replace(here.allowed, network_policies=enforced), given)
    found = files.read({item.stash[stash.SCENARIO]: asked(item) for item in scenarios})
    variables.all_known(given, (one.experiment.configured for one in found.values() if one.experiment))
    config.stash[stash.INPUTS] = found
    undone = ExitStack()
    undone.enter_context(interrupt.undoing())
    config.add_cleanup(undone.close)


def asked(item: pytest.Item) -> Asked:
    """What the test's body surely asks."""
    found = written.questions(item.obj) if isinstance(item, pytest.Function) else []
    objectives, faults = (
        [(one.named, one.line) for one in found if one.name == word and one.named] for word in NAMES
    )
    return Asked(objectives, faults, [*filter(None, map(known.slip, found))])


@contextmanager
def as_usage_error() -> Iterator[None]:
    """Bad input before anything has started is one line of pytest's own, and exit code 4."""
    try:
        yield
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error
    except pytest.UsageError:
        raise
    except Exception as error:  # noqa: BLE001 pytest would end with the code of UNKNOWN
        told = internal_error.kept(error)
        pytest.exit(str(told), told.exit_code)


def _of_its_record(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """Of several tests of one scenario, that which a record is of: each of them has records of its own."""
    folder = options.value(config, "record")
    if not folder or len(items) == 1 or options.value(config, "repeat") > 1:
        return items
    from slaharness.record.store import RecordStore  # noqa: PLC0415  # all of costs, as nobody else here needs

    told = RecordStore.open(folder).record().scenario
    alike = [item for item in items if item.stash[stash.SCENARIO].name == told.name]
    own = [item for item in alike if len(alike) == 1 or item.stash[stash.SCENARIO].nodeid == told.nodeid]
    if alike and not own:
        raise BadInput(
            f"{len(alike)} tests are the scenario {told.name}, and the record is of none of them: "
            f"{told.nodeid}"
        )
    return [item for item in items if item in own or item not in alike]


def _named(wanted: list[str], items: list[pytest.Item], unread: list[HarnessError]) -> list[pytest.Item]:
    """By a scenario's name all of its tests; by what only one of them is called, that one."""
    by_name: dict[str, list[pytest.Item]] = {}  # several of one that is repeated, or has parameters
    marked = [item for item in items if stash.SCENARIO in item.stash]
    labels = {one.nodeid: label for label, one in by_label(_tests(marked)).items()}
    for item in marked:
        scenario = item.stash[stash.SCENARIO]
        for name in {scenario.name, labels[scenario.nodeid]}:
            by_name.setdefault(name, []).append(item)
    if missing := [name for name in wanted if name not in by_name]:
        there = f"; there are: {', '.join(sorted(by_name))}" if by_name else ""
        why = "".join(f"; {one}" for one in unread)
        raise BadInput(f"no scenario {', '.join(missing)}{there}{why}")
    return list(dict.fromkeys(item for name in wanted for item in by_name[name]))


def _tests(marked: Sequence[pytest.Item]) -> Iterable[Scenario]:
    """Of one that is repeated, once."""
    return {one.nodeid: one for item in marked for one in [item.stash[stash.SCENARIO]]}.values()
