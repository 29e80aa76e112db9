"""Usage times prices, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.cost.bill import bill
from slaharness.cost.prices import Prices
from slaharness.cost.standby_cost import standby_cost, standing
from slaharness.cost.usage import Share, Usage, usage
from slaharness.model import BASELINE, FAULT, Phase, Window

from .conftest import GIB, WINDOWS, pod

CALM = WINDOWS[0]


def test_each_namespace_has_its_line(stack, prices):
    """Three database pods of half a processor, 2 GiB and 10 GiB of disk; an edge that sends 1 MB/s."""
    found = bill(usage(stack, CALM), prices)
    database, edge = found.lines["persistence"], found.lines["application"]
    assert database.processors == pytest.approx(1.5)
    assert database.memory == pytest.approx(0.6)
    assert database.storage == pytest.approx(30 * 7.3 / 730)
    assert (database.traffic, edge.storage) == (0, 0)
    assert edge.processors == pytest.approx(0.2)
    assert edge.traffic == pytest.approx(3.6 * 0.5)
    assert found.workloads["persistence/cassandra"].total == pytest.approx(2.1)
    assert found.hourly == pytest.approx(2.4 + 2.0)
    assert found.whole == pytest.approx(4.4 * 20 / 3600)


def test_what_stands_by_is_every_replica_but_the_first(stack, prices):
    """Two of three database pods and their disks; of the one edge, nothing."""
    assert standing(usage(stack, CALM), prices) == pytest.approx((1.5 + 0.6 + 0.3) * 2 / 3)


def test_replicas_are_told_by_what_deployments_and_statefulsets_call_them(prices):
    """Their names differ in what comes last; another workload's name may begin alike."""
    names = ["edge-7f9c6d5b4-abcde", "edge-7f9c6d5b4-fghij", "edge-own-7f9c6d5b4-abcde", "data-0", "data-1"]
    pods = {("a", name): Share(1.0, 0.0) for name in names}
    assert standing(Usage(CALM, pods, {}, {}, frozenset("a")), prices) == pytest.approx(1 + 1)


def test_the_work_of_recovering_is_what_is_paid_beyond_the_calm(stack, prices):
    """A pod of one processor more for the 30 s of the fault; nobody lent a hand."""
    more = pod("persistence", "schema-abcde", cores=1, memory=0, used=0, there=lambda at: 1040 < at <= 1070)
    found = {one.phase: usage([*stack, *more], one) for one in WINDOWS}
    bills = {phase: bill(used, prices) for phase, used in found.items()}
    answer = standby_cost(found[BASELINE], bills, prices)
    assert answer.work == pytest.approx(30 / 3600, rel=0.05)


def test_without_a_bill_that_may_be_believed_nothing_is_said(stack, prices):
    """One window in doubt is enough, and so is one that is missing."""
    bills = {one.phase: bill(usage(stack, one), prices) for one in WINDOWS}
    calm = usage(stack, CALM)
    assert standby_cost(calm, bills, prices)
    assert standby_cost(calm, {p: b for p, b in bills.items() if p is not FAULT}, prices) is None
    doubtful = bill(usage([one for one in stack if one.labels["job"] != "usage"], WINDOWS[1]), prices)
    assert standby_cost(calm, {**bills, FAULT: doubtful}, prices) is None


amounts = st.floats(0, 1e6)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.builds(Share, amounts, amounts)
    ),
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), amounts),
    st.dictionaries(st.sampled_from("abc"), amounts),
)
def test_a_bill_adds_up(pods, claims, sent):
    """All namespaces together cost what all resources together cost."""
    prices = Prices(currency="EUR", vcpu_hour=2, gib_hour=3, gib_month=5, gb_traffic=7, engineer_hour=0)
    found = bill(Usage(Window(Phase.FAULT, 0, 10), pods, claims, sent, frozenset("abc")), prices)
    whole = (
        2 * sum(share.cores for share in pods.values())
        + 3 * sum(share.memory for share in pods.values()) / GIB
        + 5 * sum(claims.values()) / GIB / 730
        + 7 * sum(sent.values()) * 3600 / 1e9
    )
    assert found.hourly == pytest.approx(whole)
