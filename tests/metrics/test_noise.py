"""A machine that was short of processor time: seen, told, and no miss of the stack's."""

import os
import time
from dataclasses import replace

import pytest

from slaharness.host.wait import until
from slaharness.metrics import noise
from slaharness.metrics.evidence import Series
from slaharness.model import Measurement, Outcome, Phase, Window
from slaharness.objectives.judge import judge

WINDOW = Window(Phase.FAULT, 1000.0, 1020.0)
HERTZ = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def latency(availability):
    le = 'took_bucket{ok="yes", le="0.5"}'
    return replace(availability, good=f"sum({le} @ $end) - sum({le} @ $start)")


@pytest.fixture
def missed():
    return Measurement("availability", Phase.FAULT, 0.5, 500.0, 1000.0, window=WINDOW)


def machine(**per_second):
    """The series of a machine of two processors on which each second took so much of each."""
    shares = {"cpu": 2.0, "busy": 1.0, "steal": 0.0, "cluster": 1.0} | per_second
    return [
        Series(
            {"__name__": f"host_{name}_seconds_total"},
            tuple((float(at), 50 + share * (at - 990)) for at in range(990, 1030)),
        )
        for name, share in shares.items()
    ]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        (
            machine(steal=0.2),
            "(10% processor time stolen by the host), which explains",
        ),
        (
            machine(steal=0.2, throttled=0.1),
            "(10% processor time stolen by the host, 10% time that nodes were throttled)",
        ),
        (machine(throttled=0.1), "(10% time that nodes were throttled)"),
        (machine(busy=2.0, cluster=1.0, waited=0.6), "(50% processor time of others)"),
    ],
)
def test_a_slow_machine_explains_slow_answers(latency, availability, missed, host, said):
    """A miss of latency is UNKNOWN then; a miss that counts failures is none of the machine's."""
    verdict = judge(latency, noise.noted(latency, missed, host))
    assert verdict.outcome is Outcome.UNKNOWN
    assert said in verdict.reason
    assert verdict.reason.endswith("explains slow answers: 500 of 1,000 requests failed: 50 % < 99 %")
    assert judge(availability, noise.noted(availability, missed, host)).outcome is Outcome.MISSED


@pytest.mark.parametrize(
    "host",
    [
        machine(steal=0.02),
        machine(steal=0.1),
        machine(busy=2.0, cluster=2.0, waited=0.9),
        machine(busy=2.0, cluster=1.0, waited=0.1),
        [],
        [Series({"__name__": "requests_total"}, ((1000.0, 1.0),))],
        [replace(one, samples=one.samples[15:]) for one in machine(steal=0.5)],
    ],
    ids=[
        "little stolen",
        "just as much as is nothing unusual",
        "the cluster's own work",
        "nobody waited",
        "nothing sampled",
        "no machine",
        "sampled too late",
    ],
)
def test_what_the_stack_does_itself_is_no_excuse(latency, missed, host):
    """A database that takes both processors when it starts is a miss, and so is what nobody watched."""
    assert judge(latency, noise.noted(latency, missed, host)).outcome is Outcome.MISSED


def test_a_slow_machine_takes_nothing_from_what_is_met(latency, missed):
    """Quick enough on a slow machine is quick enough."""
    met = replace(missed, good=1000.0)
    assert judge(latency, noise.noted(latency, met, machine(steal=1.0))).outcome is Outcome.MET


def test_the_machine_s_figures_are_in_the_measurement(availability, missed):
    """With every measurement, whatever comes of it."""
    found = noise.noted(availability, missed, machine(steal=0.5, waited=0.25)).evidence
    assert found["machine: share of processor time stolen by the host"] == 0.25
    assert found["machine: share of time that programs waited for processors"] == 0.25
    assert found["machine: share of processor time of others"] == 0.0
    third = noise.noted(availability, missed, machine(steal=2 / 3)).evidence
    assert third["machine: share of processor time stolen by the host"] == 0.333


def test_a_window_that_is_not_told_has_no_figures(availability, missed):
    """Then nobody knows when to look."""
    bare = replace(missed, window=None)
    assert noise.noted(availability, bare, machine(steal=1.0)) == bare


def test_a_machine_that_was_not_sampled_in_the_window_has_no_figures(availability, missed):
    """What it had before says nothing of it."""
    early = [replace(one, samples=one.samples[:8]) for one in machine(steal=0.5, waited=0.25)]
    assert noise.noted(availability, missed, early).evidence == missed.evidence


def test_a_cluster_that_took_more_than_was_counted_leaves_others_nothing(availability, missed):
    """The kernel counts the two apart, some milliseconds too."""
    found = noise.noted(availability, missed, machine(busy=1.0, cluster=1.5)).evidence
    assert found["machine: share of processor time of others"] == 0.0


def test_each_kind_of_processor_time_is_counted_once(tmp_path):
    """User, nice, system and interrupts are busy; idle and waiting for disks are not; guests are users."""
    (tmp_path / "stat").write_text("cpu " + " ".join(str(2**n * HERTZ) for n in range(10)) + "\n")
    assert noise.counts([], proc=tmp_path) == {
        noise.BUSY: 1.0 + 2 + 4 + 32 + 64, noise.ALL: 255.0, noise.STEAL: 128.0,
    }  # fmt: skip


def test_the_larger_of_two_accounts_of_the_cluster_counts(tmp_path):
    """One hierarchy may have it all, another a part; files in it that are no nodes are none."""
    for name, used in (("old", "1500000000"), ("older", "500000000")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cpuacct.usage").write_text(used)
    (tmp_path / "new").mkdir()
    (tmp_path / "new/cpu.stat").write_text("usage_usec 1600000\nthrottled_usec 250000\n")
    groups = [tmp_path / name for name in ("old", "new", "older")]
    assert noise.counts(groups, proc=tmp_path) == {noise.CLUSTER: 1.6, noise.THROTTLED: 0.25}


@pytest.mark.parametrize(
    ("file", "text"), [("cpuacct.usage", "400000000"), ("cpu.stat", "usage_usec 400000\n")]
)
def test_a_cluster_that_has_just_begun_took_less_than_a_second(tmp_path, file, text):
    """By either account."""
    (tmp_path / file).write_text(text)
    assert noise.counts([tmp_path], proc=tmp_path) == {noise.CLUSTER: 0.4}


def test_the_kernel_s_counts_are_read(tmp_path):
    """Processor time in seconds, as /proc/stat, pressure and both kinds of cgroups tell it."""
    (tmp_path / "pressure").mkdir()
    one = HERTZ
    (tmp_path / "stat").write_text(f"cpu  {one} 0 {one} {5 * one} 0 0 0 {2 * one} 0 0\ncpu0 1 1\n")
    (tmp_path / "pressure/cpu").write_text("some avg10=1.00 avg60=1.00 total=2500000\nfull avg10=0\n")
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "node").mkdir(parents=True)
    (new / "node").mkdir(parents=True)
    (old / "cpuacct.usage").write_text("1500000000")
    (old / "node/cpu.stat").write_text("nr_periods 9\nnr_throttled 3\nthrottled_time 500000000\n")
    (new / "cpu.stat").write_text("usage_usec 1200000\n")
    (new / "node/cpu.stat").write_text("usage_usec 9000000\nthrottled_usec 250000\n")
    assert noise.counts([old, new], proc=tmp_path) == {
        noise.STEAL: 2.0, noise.BUSY: 2.0, noise.ALL: 9.0, noise.WAITED: 2.5,
        noise.CLUSTER: 1.5, noise.THROTTLED: 0.75,
    }  # fmt: skip
    assert noise.counts([tmp_path / "gone"], proc=tmp_path / "gone") == {}


def test_a_machine_is_sampled_while_it_is_watched(monkeypatch):
    """Its series grow until the body ends, and no longer: a sample that is being taken is waited for."""
    counts = noise.counts
    monkeypatch.setattr(noise, "EVERY", 0.001)
    monkeypatch.setattr(noise, "counts", lambda cgroups: time.sleep(0.05) or counts(cgroups))
    with noise.watched([]) as watched:
        until(lambda: len(watched.samples) > 2, within=5, every=0.01, what="samples")
    taken = len(watched.samples)
    time.sleep(0.1)
    assert len(watched.samples) == taken
    assert {one.name for one in watched.series} >= {noise.ALL, noise.BUSY, noise.STEAL}


def test_what_is_counted_now_and_then_has_the_samples_that_it_has():
    """Pressure may be told from some instant on only."""
    some = noise.Machine([(1.0, {"a": 1.0}), (2.0, {"a": 2.0, "b": 7.0})])
    assert some.series == [
        Series({"__name__": "a"}, ((1.0, 1.0), (2.0, 2.0))), Series({"__name__": "b"}, ((2.0, 7.0),))
    ]  # fmt: skip
