"""A stack that others deployed: it is waited for, and the load gets a place beside it that goes again."""

import pytest
from fake_api import FakeCluster
from stacks import stack

from slaharness.errors import StackTrouble
from slaharness.load import place
from slaharness.stack import ready
from slaharness.undo import journal as undo


@pytest.fixture
def theirs(cluster: FakeCluster) -> FakeCluster:
    """The namespace that the load would take is not there."""
    del cluster.objects["namespaces", "", "load"]
    return cluster


def test_the_loads_namespace_goes_again_and_is_in_the_journal_while_it_is_there(theirs):
    """So that a killed run's is taken away by healing."""
    with undo.journal("r1") as journal:
        with place.for_load(theirs.info, "load", journal):
            assert ("namespaces", "", "load") in theirs.objects
            assert [one.what for one in journal.entries] == ["namespace of the load"]
        assert ("namespaces", "", "load") not in theirs.objects
        assert journal.entries == []


def test_a_namespace_that_was_there_stays(cluster):
    """It is somebody's, with all that is in it."""
    with undo.journal("r1") as journal, place.for_load(cluster.info, "load", journal):
        assert journal.entries == []
    assert ("namespaces", "", "load") in cluster.objects


def test_a_namespace_of_the_stack_that_is_not_there_is_named(cluster):
    """Rather than waiting for what nobody deploys."""
    with pytest.raises(StackTrouble, match="no namespace shop: deploy it, or correct `namespaces`"):
        ready.until_serving(cluster.info.api(), stack(namespaces=("application", "shop")))


def test_a_stack_that_does_not_serve_says_what_is_missing(cluster):
    """With the pods that are not ready."""
    shop = stack(namespaces=("persistence",), ready="app=nothing")
    with pytest.raises(StackTrouble, match="still waiting for a pod with app=nothing in persistence"):
        ready.until_serving(cluster.info.api(), shop, within=0)
