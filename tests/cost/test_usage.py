"""What there was to pay for, told from samples whose truth is known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.cost.usage import ASKED, CLAIMED, MEMORY, PROCESSOR, usage
from slaharness.model import CostJobs

from .conftest import GIB, KUBELET, SCHEDULER, WINDOWS, pod, series, up

CALM, FAULT, _ = WINDOWS
EVICTED = 1055.0


def shares(stack, window=CALM):
    return {name: (share.cores, share.memory) for (_, name), share in usage(stack, window).pods.items()}


def test_a_pod_is_charged_for_the_greater_of_what_it_asks_for_and_uses(stack):
    """Cassandra asks for more than it uses; the edge uses more than it asked for."""
    found = shares(stack)
    assert found["cassandra-0"] == pytest.approx((0.5, 2 * GIB))
    assert found["edge-7f9c6d5b4-abcde"] == pytest.approx((0.2, 0))


def test_the_load_is_no_part_of_it(stack):
    """Users bring their own machines."""
    assert "locust" not in shares(stack)
    names = {"persistence", "application", "persistence/cassandra", "application/edge"}
    assert usage(stack, CALM).known == names


def test_claims_and_traffic_are_told_by_namespace(stack):
    """Storage by its claim, bytes out by where the edge is."""
    found = usage(stack, CALM)
    assert found.claims["persistence", "data-cassandra-1"] == pytest.approx(10 * GIB)
    assert found.sent == {"application": pytest.approx(1e6)}
    assert found.problems == ()


def test_a_pod_that_was_there_for_half_of_the_window_is_charged_for_half(ups):
    """Nobody pays for what was not there, and nobody takes its absence for a fault of the figures."""
    half = pod("application", "gone", cores=1, used=0.1, there=lambda at: at < EVICTED)
    found = usage([*ups, *half], FAULT)
    assert found.pods["application", "gone"].cores == pytest.approx(0.5, abs=0.04)
    assert found.problems == ()


def test_a_pod_without_a_node_costs_nothing_yet(ups):
    """It waits."""
    assert shares([*ups, *pod("application", "waiting", node="")[:2]]) == {}


def test_a_pod_that_came_in_the_window_used_all_that_its_counter_says(ups):
    """Its first sample is no beginning: it ran for a little before."""
    new = pod("application", "new", cores=0, memory=0, used=0.5, there=lambda at: at > EVICTED)
    # Half a second each second since 900, of which 30 s are charged.
    assert usage([*ups, *new], FAULT).pods["application", "new"].cores == pytest.approx(0.5 * 168.5 / 30)


def test_a_counter_that_nobody_saw_begin_counts_from_its_first_sample(ups):
    """Else the first look at a pod that has run for a month would be a month's worth."""
    late = [one if one.labels["instance"] != KUBELET else up("usage", KUBELET, lambda at: float(at > 1045))
            for one in ups]  # fmt: skip
    old = pod("application", "old", cores=0, memory=0, used=0.5, there=lambda at: at > 1045)
    assert usage([*late, *old], FAULT).pods["application", "old"].cores == pytest.approx(
        0.5 * 22 / 30, rel=0.1
    )


def test_a_counter_that_began_again_grew_by_what_it_has_since(ups):
    """A StatefulSet's pod comes back under its name."""
    again = series(
        "pod_cpu_usage_seconds_total", lambda at: at - 900 if at < EVICTED else at - EVICTED,
        job="usage", instance=KUBELET, namespace="persistence", pod="cassandra-0",
    )  # fmt: skip
    assert usage([*ups, again], FAULT).pods["persistence", "cassandra-0"].cores == pytest.approx(29.5 / 30)


@pytest.mark.parametrize("job", ["requests", "usage", "claims", "edge"])
def test_a_source_that_is_not_there_leaves_no_bill(stack, job):
    """On a cluster whose scheduler or kubelets nobody may ask, for example."""
    found = usage([one for one in stack if one.labels["job"] != job], CALM)
    assert any(f'up{{job="{job}"}} matches no series' in problem for problem in found.problems)


def test_a_source_that_did_not_answer_leaves_no_bill(stack):
    """One late answer in twenty is nothing; a node that was off for a while is."""
    for failing, doubtful in ((1, False), (4, True)):
        down = up("usage", KUBELET, lambda at, n=failing: float(at > CALM.start + 2 * n))
        found = usage([*(one for one in stack if one.labels != down.labels), down], CALM)
        assert any(f"of 10 scrapes of {KUBELET} failed" in problem for problem in found.problems) == doubtful


def test_scrapes_that_are_missing_leave_no_bill(stack):
    """Who knows what ran meanwhile."""

    def broken(one):
        kept = tuple(sample for sample in one.samples if not 1015 < sample[0] < 1025)
        return replace(one, samples=kept) if one.labels.get("job") == "requests" else one

    found = usage([broken(one) for one in stack], CALM)
    assert any("nothing was scraped for" in problem for problem in found.problems)


def test_two_schedulers_say_the_same_thing(stack):
    """A pod is not paid for twice."""
    others = [
        replace(one, labels={**one.labels, "instance": "198.18.0.2:10259"})
        for one in stack
        if one.labels.get("instance") == SCHEDULER
    ]
    assert shares([*stack, *others])["cassandra-0"] == pytest.approx((0.5, 2 * GIB))


@given(st.floats(0, 100), st.floats(0, 100), st.floats(1e6, 1e12))
def test_steady_usage_is_told_exactly(cores, used, memory):
    """Whatever the figures: an average of what does not change is what it is."""
    ups = [up("requests", SCHEDULER), up("usage", KUBELET)]
    share = usage([*ups, *pod("a", "b", cores=cores, used=used, memory=memory)], CALM).pods["a", "b"]
    assert share.cores == pytest.approx(max(cores, used))
    assert share.memory == pytest.approx(memory)


def test_a_stack_says_itself_where_its_costs_are_told(stack):
    """Jobs of any name, a counter of any name with the labels it must have; it may have none of some."""
    names = {"requests": "sched", "usage": "nodes", "edge": "proxy"}
    own = [
        replace(one, labels={
            **one.labels, "job": names[one.labels["job"]],
            **({"__name__": "sent_bytes", "way": "out"} if one.labels.get("proxy") else {}),
        })
        for one in stack
        if one.labels["job"] in names
    ]  # fmt: skip
    intervals = {"sched": 2.0, "nodes": 2.0}
    jobs = CostJobs("sched", "nodes", "", "proxy", "sent_bytes", {"way": "out"}, intervals)
    found = usage(own, CALM, jobs)
    assert found.problems == ()
    assert found.sent == usage(stack, CALM).sent
    assert usage(own, CALM, replace(jobs, sent_labels={"way": "in"})).sent == {}
    assert usage(own, CALM, replace(jobs, requests="")).problems


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("name", [ASKED, PROCESSOR, MEMORY, CLAIMED, "haproxy_frontend_bytes_out_total"])
def test_a_sample_that_no_amount_can_be_is_told(stack, name, strange):
    """Less than nothing, or not a number: whoever adds it up has a bill that looks cheap."""
    odd = [
        replace(one, samples=tuple((at, strange if at == 1020.5 else value) for at, value in one.samples))
        if one.name == name
        else one
        for one in stack
    ]
    assert any(one.endswith(f"a sample of {name} is {strange:g}") for one in usage(odd, CALM).problems)
    assert usage(odd, FAULT).problems == ()


def test_a_target_is_up_or_not(ups, stack):
    """Any other number would be neither an answer nor the lack of one."""
    half = [replace(one, samples=tuple((at, 0.5) for at, _ in one.samples)) for one in ups]
    others = [one for one in stack if one.name != "up"]
    assert "a sample of up is 0.5" in "; ".join(usage([*half, *others], CALM).problems)


def test_a_claim_that_two_tell_of_is_paid_for_once(stack):
    """Two exporters are no second volume."""
    told = [one for one in stack if one.labels.get("job") == "claims"]
    again = [replace(one, labels={**one.labels, "instance": "localhost:9103"}) for one in told]
    assert usage([*stack, *again], CALM).claims == usage(stack, CALM).claims


@pytest.mark.parametrize(
    ("name", "resource", "said"),
    [
        (PROCESSOR, "", "usage: pod_cpu_usage_seconds_total"),
        (MEMORY, "", "usage: pod_memory_working_set_bytes"),
        (ASKED, "cpu", "requests: cpu kube_pod_resource_request"),
    ],
)
def test_a_figure_of_one_pod_that_is_gone_while_it_runs_leaves_no_bill(stack, name, resource, said):
    """The job is up, and tells of the others: one node's kubelet lost a permission, say."""

    def gone(one):
        figure = (one.name, one.labels.get("pod"), one.labels.get("resource", ""))
        return figure == (name, "cassandra-1", resource)

    def silent(since, until):
        return [
            replace(
                one, samples=tuple(at for at in one.samples if not (gone(one) and since <= at[0] < until))
            )
            for one in stack
        ]

    told = usage(silent(1035, 1100), FAULT).problems
    assert told == (f"{said} of persistence/cassandra-1, which runs, is not there",)
    assert usage(silent(1041, 1065), FAULT).problems == ()  # it was started anew, twice
    assert usage(silent(1035, 1100), replace(FAULT, start=1050.5)).problems == ()
    assert usage([one for one in stack if not gone(one)], FAULT).problems == ()  # nobody ever told of it
    assert usage(stack, FAULT).problems == ()
