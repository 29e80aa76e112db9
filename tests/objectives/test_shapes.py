"""The shapes of files that OpenSLO's users write: each is read, or refused with line, field and reason."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaharness.errors import BadInput
from slaharness.model import Objective, Timeslice
from slaharness.objectives.openslo import load

SHAPES = Path(__file__).parent / "shapes"
METRIC = "spec.indicator.spec.ratioMetric"

READ = {
    "good-of-total": None,
    "threshold": None,
    "timeslices": Timeslice(60.0, 0.99),
    "timeslices-in-minutes": Timeslice(15.0, 0.99),
}
REFUSED = {
    "alert-policy": ":2: kind is 'AlertPolicy'; read here: 'SLO'",
    "alerting": ":32: spec.alertPolicies is not read: a run raises no alerts",
    "alpha": ":1: apiVersion is 'openslo/v1alpha'; read here: 'openslo/v1'",
    "bad-of-total": f":15: {METRIC}.bad is not read; query the good requests",
    "calendar": ":27: spec.timeWindow[0].isRolling is False; read here: True",
    "composite": ":16: spec.objectives[0].compositeWeight is no field of an OpenSLO v1 SLO",
    "data-source": ":2: kind is 'DataSource'; read here: 'SLO'",
    "datadog": f":17: {METRIC}.good.metricSource.type is 'Datadog'; read here: 'Prometheus'",
    "indicator": ":2: kind is 'SLI'; read here: 'SLO'",
    "indicator-ref": ":9: spec.indicatorRef is not followed; write the SLI inline, under `indicator`",
    "long-window-rate": f":19: {METRIC}.good.metricSource.spec.query lacks the window",
    "percent": ":31: spec.objectives[0].targetPercent is not read; write `target` as a share",
    "ratio-timeslices": ":28: spec.budgetingMethod is 'RatioTimeslices'; read here",
    "raw": f":14: {METRIC}.counter is False; read here: True",
    "second-alpha": ":1: apiVersion is 'openslo.com/v2alpha1'; read here: 'openslo/v1'",
    "service": ":2: kind is 'Service'; read here: 'SLO'",
    "source-ref": f":17: {METRIC}.good.metricSource.metricSourceRef is not followed",
    "threshold-less-than": ":24: spec.objectives[0].op is 'lt'; read here: 'gte' or 'lte'",
    "timeslices-endless": ":32: spec.objectives[0].timeSliceWindow is inf",
    "timeslices-of-a-month": ":32: spec.objectives[0].timeSliceWindow is '1M'; write minutes, like 0.25",
    "timeslices-of-a-threshold": ":21: spec.budgetingMethod is 'Timeslices'; read here: 'Occurrences'",
    "timeslices-of-ranges": ":6: spec queries a range for time slices",
    "two-documents": ":6: but found another document",
    "two-objectives": ":29: spec.objectives has 2 entries; read here: 1",
}  # fmt: skip


def test_every_shape_is_spoken_for():
    """No file lies there whose fate is not stated."""
    assert {file.stem for file in SHAPES.glob("*.yaml")} == READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_shapes_that_are_read(name):
    """What OpenSLO v1 allows of ratios, thresholds and time slices, inline and over Prometheus."""
    objective = load(SHAPES / f"{name}.yaml")
    assert (objective.name, objective.timeslice) == (name, READ[name])


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


GOOD = [yaml.safe_load((SHAPES / f"{name}.yaml").read_text()) for name in READ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(good=st.sampled_from(GOOD), data=st.data(), graft=trees)
def test_anything_at_any_place_is_an_objective_or_bad_input(tmp_path, good, data, graft):
    """Whatever stands in the place of any part of a good file, no traceback comes of it."""
    tree = planted(good, data.draw(st.sampled_from(list(places(good)))), graft)
    (tmp_path / "slo.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    with contextlib.suppress(BadInput):
        assert isinstance(load(tmp_path / "slo.yaml"), Objective)


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
