"""The example shop is a project that stands by itself: all it names is there and sound, without a cluster."""

from pathlib import Path

import pytest

from slaharness.metrics.routed import rests_on_load
from slaharness.model import Asked, Scenario, SourceType
from slaharness.settings import inputs
from slaharness.settings import read as settings
from slaharness.stack.protocol import Readable, scrapes_load

SHOP = Path(__file__).parents[2] / "examples/shop"


@pytest.fixture(scope="module")
def shop():
    scenario = Scenario("kill-the-database", load="orders", experiment="kill-the-database", nodeid="test_it")
    return inputs.Files(settings.load(SHOP)).read({scenario: Asked()})[scenario.name]


def test_faults_stay_in_the_namespace_that_is_labelled_for_them(shop):
    """The database's alone, which is among those that the settings say the stack lives in."""
    stack = settings.load(SHOP).stack
    assert tuple(shop.experiment.namespaces) == ("shop-data",)
    assert {*shop.experiment.namespaces} <= {*stack.namespaces}
    assert "slaharness.dev/faults: allowed" in (SHOP / "deploy/database/namespace.yaml").read_text()


def test_it_is_never_deployed_and_its_orders_are_read_back():
    """By its own export, column by column, with the load told from others by its customers' names."""
    stack = settings.load(SHOP).stack
    assert stack.profile("core") is None
    assert isinstance(stack, Readable)
    assert (stack.columns.key, stack.columns.run) == ("id", "customer")


def test_promises_rest_on_the_load_and_the_services_own_on_a_prometheus_that_looks_seldom(shop):
    """So promises are measured in windows of seconds, and nothing has to be changed in the shop for it."""
    stack = settings.load(SHOP).stack
    assert stack.prometheus.interval == 15
    assert not scrapes_load(stack)
    promises = [one for one in shop.objectives.values() if one.source is not SourceType.LEDGER]
    assert {one.name for one in promises if rests_on_load(one)} == {"availability", "latency"}
    assert not any(map(rests_on_load, shop.services.values()))
