"""What other systems are told of a run, and what not."""

import math

from judged import judged, verdict

from slaharness.model import Outcome
from slaharness.report.outward.figures import MEANINGS, figures
from slaharness.settings.send import OWN

COMMON = {"scenario": "kill-db", "stack": "shop", "profile": "core", "cluster": "local"}
PROMISE = {**COMMON, "objective": "answers", "window": "FAULT"}


def told(store):
    return {(one.name, frozenset(one.labels.items())): one.value for one in figures(store)}


def key(name, **labels):
    return name, frozenset(labels.items())


def test_a_run_tells_verdict_seen_target_and_budget(tmp_path):
    """As numbers with which alerts can be made: the worst is the highest."""
    missed = verdict(Outcome.MISSED, burn=3.0, **{"budget spent": 0.01, "steady (s)": 4.2})
    found = told(judged(tmp_path, missed, verdict(Outcome.MET, "kept"), ended=2_000.0))
    objective = {**PROMISE, "service": "edge", "comparison": "gte"}
    assert found == {
        key("slaharness_run_outcome", **COMMON): 2,
        key("slaharness_run_duration_seconds", **COMMON): 90,
        key("slaharness_run_ended_timestamp_seconds", **COMMON): 2_000,
        key("slaharness_verdict", **PROMISE): 2,
        key("slaharness_held", **PROMISE): 0,
        key("slaharness_requests", **PROMISE): 1_000,
        key("slaharness_error_budget_burn", **PROMISE): 3,
        key("slaharness_error_budget_spent_ratio", **PROMISE): 0.01,
        key("slaharness_figure", **PROMISE, figure="steady (s)"): 4.2,
        key("slaharness_verdict", **{**PROMISE, "objective": "kept"}): 0,
        key("slaharness_held", **{**PROMISE, "objective": "kept"}): 1,
        key("slaharness_requests", **{**PROMISE, "objective": "kept"}): 1_000,
        key("slaharness_seen", **objective): 0.97,
        key("slaharness_target", **objective): 0.99,
    }


def test_what_is_unknown_has_an_outcome_and_no_number(tmp_path):
    """A number that cannot be trusted would be drawn beside those that can."""
    found = told(judged(tmp_path, verdict(Outcome.UNKNOWN, burn=3.0), ended=2_000.0))
    assert found[key("slaharness_verdict", **PROMISE)] == 1
    assert found[key("slaharness_held", **PROMISE)] == 0
    assert {name for name, _ in found} == {
        "slaharness_run_outcome", "slaharness_run_duration_seconds",
        "slaharness_run_ended_timestamp_seconds", "slaharness_verdict", "slaharness_held",
    }  # fmt: skip


def test_of_a_promise_that_is_asked_twice_the_worst_is_told(tmp_path):
    """One series has one sample at a time, and the milder question hides nothing."""
    for order in ((Outcome.MET, Outcome.MISSED), (Outcome.MISSED, Outcome.MET)):
        found = figures(judged(tmp_path, *map(verdict, order), ended=2_000.0))
        assert [one.value for one in found if one.name == "slaharness_verdict"] == [2]


def test_what_is_no_number_is_not_sent(tmp_path):
    """Receivers would take NaN, and draw nothing for ever."""
    found = figures(judged(tmp_path, verdict(Outcome.MET, odd=math.nan), ended=2_000.0))
    assert all(math.isfinite(one.value) for one in found)


def test_measurements_that_cannot_be_read_keep_no_verdict_back(tmp_path):
    """A broken record is UNKNOWN, and others should hear of it."""
    store = judged(tmp_path, verdict(Outcome.MISSED), ended=2_000.0)
    (store.folder / "measurements.json").write_text("[")
    found = {one.name for one in figures(store)}
    assert "slaharness_verdict" in found
    assert "slaharness_seen" not in found


def test_each_metric_is_explained_and_each_label_is_known(tmp_path):
    """The page lists what there is; labels of the settings may not collide with ours."""
    found = figures(judged(tmp_path, verdict(Outcome.MET, burn=0.5, x=1.0), ended=2_000.0))
    assert {one.name for one in found} <= set(MEANINGS)
    assert {label for one in found for label in one.labels} <= OWN
