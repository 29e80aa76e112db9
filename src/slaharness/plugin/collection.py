"""Which tests are scenarios, which were asked for, and what they name."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from slaharness.errors import BadInput, HarnessError
from slaharness.host import internal_error, interrupt
from slaharness.model import Scenario
from slaharness.plugin import stash
from slaharness.report import allure
from slaharness.scenario import from_marker
from slaharness.settings import options

if TYPE_CHECKING:
    from slaharness.chaos.toolkit import Experiment
    from slaharness.settings.read import Project

#: Names of the marker: the short one, and one that no other plugin has.
MARKERS = ("scenario", "slaharness_scenario")
#: The fixture by which a test is one of several of its scenario.
REPEATED = "slaharness_repeated"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many tests of each scenario as it is to be run times."""
    times = options.value(metafunc.config, "repeat")
    if times > 1 and any(map(metafunc.definition.get_closest_marker, MARKERS)):
        metafunc.fixturenames.append(REPEATED)
        metafunc.parametrize(REPEATED, range(1, times + 1), indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each marked test its Scenario, keep those asked for, and refuse what cannot run."""
    with as_usage_error():
        for item in (item for item in items if isinstance(item, pytest.Function)):
            if marker := next(filter(None, map(item.get_closest_marker, MARKERS)), None):
                question = inspect.getdoc(item.obj)
                found = from_marker(marker.kwargs, item.nodeid, question)
                item.stash[stash.SCENARIO] = replace(found, topic=_topic(item.module))
                allure.entitle(item.obj, item.stash[stash.SCENARIO])
        if wanted := config.getoption("sla_scenario"):
            keep = _named(wanted, items, config.stash[stash.TROUBLE])
            config.hook.pytest_deselected(items=[item for item in items if item not in keep])
            items[:] = keep
        scenarios = [item.stash[stash.SCENARIO] for item in items if stash.SCENARIO in item.stash]
        if scenarios and not config.option.collectonly and not options.value(config, "record"):
            _get_ready(config, scenarios)


def _topic(module: ModuleType) -> str:
    """What the scenarios of a file are about: the first sentence of its docstring."""
    return " ".join((inspect.getdoc(module) or "").partition("\n\n")[0].split())


def _get_ready(config: pytest.Config, scenarios: list[Scenario]) -> None:
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
    given = variables.given(config.getoption("sla_var"), config.getoption("sla_var_file"))
    allowed = replace(here.allowed, local=kind == "local")
    found = {one.name: inputs.read(one, here.root, allowed, given) for one in scenarios}
    variables.all_known(given, (one.experiment.configured for one in found.values() if one.experiment))
    config.stash[stash.INPUTS] = found
    _keep_inside(here, [one.experiment for one in found.values() if one.experiment])
    undone = ExitStack()
    undone.enter_context(interrupt.undoing())
    config.add_cleanup(undone.close)


def _keep_inside(here: "Project", experiments: Sequence["Experiment"]) -> None:
    """Refuse an experiment that reaches out of the stack, as far as the settings alone tell what that is."""
    from slaharness.chaos import guard  # noqa: PLC0415  # as above

    try:
        namespaces = here.stack.namespaces
    except BadInput:  # a fixture of the project's has it, or says the same when it is needed
        return
    for one in experiments:
        guard.keeps_inside(one, namespaces)


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


def _named(wanted: list[str], items: list[pytest.Item], unread: list[HarnessError]) -> list[pytest.Item]:
    by_name: dict[str, list[pytest.Item]] = {}  # several of one that is repeated
    for item in (item for item in items if stash.SCENARIO in item.stash):
        by_name.setdefault(item.stash[stash.SCENARIO].name, []).append(item)
    if missing := [name for name in wanted if name not in by_name]:
        there = f"; there are: {', '.join(sorted(by_name))}" if by_name else ""
        why = "".join(f"; {one}" for one in unread)
        raise BadInput(f"no scenario {', '.join(missing)}{there}{why}")
    return [item for name in dict.fromkeys(wanted) for item in by_name[name]]
