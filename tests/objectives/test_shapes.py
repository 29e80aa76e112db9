"""The shapes of files that OpenSLO's users write: each is read, or refused with line, field and reason."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaharness.errors import BadInput
from slaharness.model import BurnAlert, Objective, Op, Timeslice
from slaharness.objectives.openslo import check, load, load_all

SHAPES = Path(__file__).parent / "shapes"
METRIC = "spec.indicator.spec.ratioMetric"

READ = {
    "alerting": {
        "alert policy page-someone": "its burn rates are held against each window; nobody is notified"
    },
    "bad-of-total": {},
    "calendar": {"calendar": "not followed: the budget is that of a period of this length"},
    "data-source": {"data source shop-metrics": "the Prometheus of the stack, wherever that is"},
    "good-of-total": {},
    "indicator-ref": {},
    "long-window-rate": {"good as written": "sum(rate(paid_total[5m]))"},
    "percent": {},
    "ratio-timeslices": {},
    "threshold": {"target": "of no effect: a window gives one number, and that must hold"},
    "threshold-less-than": {"target": "of no effect: a window gives one number, and that must hold"},
    "timeslices": {},
    "timeslices-in-minutes": {},
    "timeslices-of-ranges": {"good as written": "sum(increase(paid_total[$window] @ $end))"},
    "two-documents": {},
}
REFUSED = {
    "alert-policy": ":9: spec.conditions[0].conditionRef is 'fast-burn', and there is no AlertCondition",
    "alpha": ":1: apiVersion is 'openslo/v1alpha'; read here: 'openslo/v1'",
    "composite": ":16: spec.objectives[0].compositeWeight is not read: composite SLOs are not",
    "datadog": f":17: {METRIC}.good.metricSource.type is 'Datadog'; read here: 'Prometheus'",
    "indicator": ": holds 0 objectives",
    "raw": f":14: {METRIC}.counter is false: a gauge counts no requests",
    "second-alpha": ":1: apiVersion is 'openslo.com/v2alpha1'; read here: 'openslo/v1'",
    "service": ": holds 0 objectives",
    "source-ref": f":17: {METRIC}.good.metricSource.metricSourceRef is 'shop-metrics', and there is no",
    "timeslices-endless": ":32: spec.objectives[0].timeSliceWindow is inf",
    "timeslices-of-a-month": ":32: spec.objectives[0].timeSliceWindow is '1M'; write minutes, like 0.25",
    "timeslices-of-a-threshold": ":21: spec.budgetingMethod is 'Timeslices'; read here: 'Occurrences'",
    "two-objectives": ": holds 2 objectives, where one is needed: two-objectives-most, two-obj",
}  # fmt: skip


def test_every_shape_is_spoken_for():
    """No file lies there whose fate is not stated."""
    assert {file.stem for file in SHAPES.glob("*.yaml")} == READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_shapes_that_are_read(name):
    """What OpenSLO v1 allows is read, and what of it means something else to a window is said."""
    objective = load(SHAPES / f"{name}.yaml")
    assert (objective.name, objective.read_as) == (name, READ[name])


@pytest.mark.parametrize(
    ("name", "timeslice"),
    [
        ("timeslices", Timeslice(60.0, 0.99)),
        ("timeslices-in-minutes", Timeslice(15.0, 0.99)),
        ("ratio-timeslices", Timeslice(300.0, None)),
    ],
)
def test_slices_that_are_read(name, timeslice):
    """Their length has a unit, or is a number of minutes; of a mean of slices none has a target."""
    assert load(SHAPES / f"{name}.yaml").timeslice == timeslice


def test_good_is_what_is_not_bad():
    """A count of bad requests is subtracted from the total, so that one without figures is not good."""
    objective = load(SHAPES / "bad-of-total.yaml")
    assert objective.good == f"{objective.total} - (sum(refused_total @ $end) - sum(refused_total @ $start))"


def test_a_percentage_is_a_share():
    """99.5 is 0.995, to the last digit."""
    assert load(SHAPES / "percent.yaml").target == 0.995
    assert load(SHAPES / "threshold-less-than.yaml").op is Op.BELOW


def test_alert_policies_are_read():
    """Of a policy elsewhere in the file: its burn rate, its look back, and the period of the budget."""
    objective = load(SHAPES / "alerting.yaml")
    assert objective.alerts == (BurnAlert("fast-burn", 14.4, 3600.0),)
    assert objective.period == 28 * 86400
    assert not objective.no_data_misses


@pytest.mark.parametrize("name", REFUSED)
def test_shapes_that_are_refused(name):
    """Anything else is refused, never half read, and the place and the reason are said in a line."""
    file = SHAPES / f"{name}.yaml"
    with pytest.raises(BadInput) as refusal:
        load(file)
    assert str(refusal.value).startswith(f"{file}{REFUSED[name]}")
    assert "\n" not in str(refusal.value)


leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
    | st.sampled_from(["1m", "Timeslices", "lte", "$end", 10**400, "9" * 500 + "m", "sum(a @ $end)"])
)  # fmt: skip
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(leaves, inner, max_size=3)
)


def places(node, path=()):
    """Every place in a tree of mappings and lists."""
    yield path
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in inner:
        yield from places(child, (*path, step))


def planted(node, path, graft):
    """The tree with ``graft`` at ``path``."""
    if not path:
        return graft
    step, *rest = path
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[step] = planted(copy[step], rest, graft)
    return copy


GOOD = [list(yaml.safe_load_all((SHAPES / f"{name}.yaml").read_text())) for name in READ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(good=st.sampled_from(GOOD), data=st.data(), graft=trees)
def test_anything_at_any_place_is_an_objective_or_bad_input(tmp_path, good, data, graft):
    """Whatever stands in the place of any part of a good file, no traceback comes of it."""
    tree = planted(good, data.draw(st.sampled_from(list(places(good)))), graft)
    documents = tree if isinstance(tree, list) else [tree]
    (tmp_path / "slo.yaml").write_text(yaml.safe_dump_all(documents, allow_unicode=True), "utf-8")
    refusals = check(tmp_path)
    assert all(len(one.splitlines()) == 1 and len(one) < 1000 for one in refusals)
    assert refusals or all(isinstance(one, Objective) for one in load_all(tmp_path).values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | st.text("-:[]{}#&*!|>'\"%@` \na1", max_size=60))
def test_any_text_is_an_objective_or_bad_input(tmp_path, text):
    """Files are typed by hand, and cut short by editors."""
    (tmp_path / "slo.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadInput):
        load(tmp_path / "slo.yaml")


def test_a_file_nested_without_end_is_refused(tmp_path):
    """Not a hundred thousand brackets either."""
    (tmp_path / "slo.yaml").write_text("[" * 100_000)
    with pytest.raises(BadInput, match="nested too deeply"):
        load(tmp_path / "slo.yaml")
