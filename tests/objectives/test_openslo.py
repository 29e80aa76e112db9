"""Files of objectives: what is read, and how what cannot be read is said."""

from pathlib import Path

import pytest
import yaml

from slaharness.errors import BadInput
from slaharness.model import Op, SourceType
from slaharness.objectives.openslo import load, load_all

OBJECTIVES = Path(__file__).parents[2] / "scenarios/objectives"

RATIO = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: answers
  displayName: Users get answers
  labels: {team: weather}
  annotations:
    slaharness.dev/floor: "200"
    elsewhere.example/dashboard: "7"
spec:
  service: edge
  indicator:
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec:
              query: sum(ok @ $end) - sum(ok @ $start)
        total:
          metricSource:
            type: Prometheus
            spec:
              query: sum(all @ $end) - sum(all @ $start)
  timeWindow:
  - duration: 28d
    isRolling: true
  budgetingMethod: Occurrences
  objectives:
  - target: 0.999
"""

THRESHOLD = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: lost
spec:
  service: cassandra
  indicator:
    spec:
      thresholdMetric:
        metricSource:
          type: Ledger
          spec:
            figure: lost
  budgetingMethod: Occurrences
  objectives:
  - op: lte
    value: 0
    target: 0.99
"""


@pytest.fixture
def write(tmp_path):
    """Write an objective's file."""

    def write(text, name="slo.yaml"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_a_ratio_is_read(write):
    """Two counters and a share become a ratio objective with its floor and title."""
    objective = load(write(RATIO))
    assert (objective.name, objective.title, objective.service) == ("answers", "Users get answers", "edge")
    assert (objective.source, objective.op, objective.target) == (SourceType.RATIO, Op.AT_LEAST, 0.999)
    assert objective.good == "sum(ok @ $end) - sum(ok @ $start)"
    assert objective.total == "sum(all @ $end) - sum(all @ $start)"
    assert objective.floor == 200
    assert objective.file.endswith("slo.yaml")


def test_a_figure_of_the_ledger_is_read(write):
    """A threshold may be held against the ledger's check instead of Prometheus."""
    objective = load(write(THRESHOLD))
    assert (objective.source, objective.total, objective.op) == (SourceType.LEDGER, "lost", Op.AT_MOST)
    assert (objective.target, objective.title) == (0, "lost")


def test_a_threshold_on_prometheus_is_read(write):
    """A number that is no count of requests is held to op and value."""
    text = THRESHOLD.replace("Ledger", "Prometheus").replace(
        "figure: lost", "query: max(max_over_time(up[$window] @ $end))"
    )
    assert load(write(text)).source is SourceType.THRESHOLD


@pytest.mark.parametrize(
    ("text", "change", "line", "said"),
    [
        (RATIO, ("openslo/v1", "openslo/v2"), 1, "apiVersion is 'openslo/v2'; read here: 'openslo/v1'"),
        (RATIO, ("kind: SLO", "kind: SLI"), 2, "kind is 'SLI'; read here: 'SLO'"),
        (RATIO, ("name: answers", "name: My answers"), 4, "metadata.name is 'My answers'"),
        (RATIO, ("dev/floor", "dev/flour"), 7, "metadata.annotations holds slaharness.dev/flour"),
        (RATIO, ('"200"', '"many"'), 8, "metadata.annotations.slaharness.dev/floor is 'many'"),
        (RATIO, ("  service: edge\n", ""), 10, "spec.service is missing"),
        (RATIO, ("counter: true", "counter: false"), 15, "counter is False; read here: True"),
        (RATIO, ("total:", "bad:"), 21, "ratioMetric.bad is not read; query the good requests"),
        (RATIO, ("type: Prometheus", "type: Datadog"), 18, "type is 'Datadog'; read here: 'Prometheus'"),
        (RATIO, ("sum(ok @ $end) - ", ""), 20, "query lacks the window"),
        (RATIO, ("sum(ok @ $end)", "sum(ok @ $end"), 20, "query unclosed left parenthesis"),
        (RATIO, ("sum(all @ $start)", "sum(all @ $start) or vector(0)"), 25, "query has an `or`"),
        (RATIO, ("isRolling: true", "calendar: {}"), 28, "timeWindow[0].calendar is not read"),
        (RATIO, ("Occurrences", "RatioTimeslices"), 29, "read here: 'Occurrences' or 'Timeslices'"),
        (RATIO, ("Occurrences", "Timeslices"), 31, "spec.objectives[0].timeSliceTarget is missing (and 1"),
        (
            RATIO,
            ("target: 0.999", "{target: 0.9, timeSliceTarget: 1}"),
            31,
            "with `budgetingMethod: Timeslices`",
        ),
        (RATIO, ("target: 0.999", "targetPercent: 99.9"), 31, "objectives[0].targetPercent is not read"),
        (RATIO, ("target: 0.999", 'target: "0.999"'), 31, "objectives[0].target is '0.999'"),
        (RATIO, ("target: 0.999", "target: 99.9"), 31, "objectives[0].target is 99.9"),
        (RATIO, ("target: 0.999", "target: .nan"), 31, "objectives[0].target is nan"),
        (RATIO, ("- target: 0.999", "- {target: 0.9, op: gte}"), 31, "op is for a thresholdMetric"),
        (
            RATIO,
            ("- target: 0.999", "- {target: 0.9}\n  - {target: 0.8}"),
            30,
            "spec.objectives has 2 entries",
        ),
        (RATIO, ("  budgeting", "  alertPolicies: [page]\n  budgeting"), 29, "alertPolicies is not read"),
        (RATIO, ("  budgeting", "  colour: red\n  budgeting"), 29, "colour is no field of an OpenSLO v1 SLO"),
        (RATIO, ("  budgeting", "  service: db\n  budgeting"), 29, "service is there twice"),
        (RATIO, ("{team: weather}", "{team: weather"), 7, "expected ',' or '}'"),
        (RATIO, ("{team: weather}", "*team"), 6, "aliases are not read"),
        (THRESHOLD, ("figure: lost", "figure: loss"), 13, "figure is 'loss'; read here: 'lost'"),
        (THRESHOLD, ("op: lte", "op: lt"), 16, "objectives[0].op is 'lt'; read here: 'gte' or 'lte'"),
        (THRESHOLD, ("value: 0", "value: .inf"), 17, "objectives[0].value is inf"),
        (THRESHOLD, ("- op: lte\n    value: 0", "- op: lte"), 16, "objectives[0].value is missing"),
        (THRESHOLD, ("Ledger", "Bank"), 10, "metricSource has type 'Bank'"),
        (THRESHOLD, ("type: Ledger", "about: it"), 10, "metricSource has no type"),
        (THRESHOLD, ("  indicator:", "  indicatorRef: sli\n  indicator:"), 7, "indicatorRef is not followed"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(write, text, change, line, said):
    """Every refusal names the file, the line, the field and the reason, in one line."""
    file = write(text.replace(*change, 1))
    with pytest.raises(BadInput) as refusal:
        load(file)
    assert str(refusal.value).startswith(f"{file}:{line}: ")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("just words", "the file is 'just words'"),
        (f"{RATIO}---\n{THRESHOLD}", "but found another document"),
        ("when: 2020-99-99", "cannot be read"),
        ("a: \0", "cannot be read"),
        ("? [a, b]\n: c", "unhashable key"),
    ],
)
def test_what_is_no_objective_at_all_is_said(write, text, said):
    """Anything may lie in the folder; none of it ends in a traceback."""
    with pytest.raises(BadInput, match=said):
        load(write(text))


def test_a_file_that_is_not_there_is_said(tmp_path):
    """A missing file is bad input like any other."""
    with pytest.raises(BadInput, match=r"slo\.yaml: cannot be read"):
        load(tmp_path / "slo.yaml")


def test_a_floor_needs_requests(write):
    """A floor on a number that counts no requests would never be looked at, so it is refused."""
    text = THRESHOLD.replace("Ledger", "Prometheus").replace(
        "figure: lost", "query: max(up @ $end - up @ $start)"
    )
    text = text.replace("name: lost", "name: lost\n  annotations: {slaharness.dev/floor: '5'}")
    with pytest.raises(BadInput, match="floor on a threshold"):
        load(write(text))


def test_two_objectives_of_one_name_are_refused(write, tmp_path):
    """A scenario asks for an objective by name, so a name is one objective."""
    write(RATIO, "a.yaml")
    write(RATIO, "b.yaml")
    with pytest.raises(BadInput, match=r"b\.yaml: 'answers' is already the name of .*a\.yaml"):
        load_all(tmp_path)


def test_a_folder_without_objectives_is_refused(tmp_path):
    """A wrong folder is said, and does not read as nothing to hold."""
    with pytest.raises(BadInput, match="no objectives here"):
        load_all(tmp_path)


def test_our_own_objectives_are_read():
    """What the scenarios ask for is there, and has a title for people."""
    objectives = load_all(OBJECTIVES)
    assert {"api-availability", "api-latency", "no-reading-lost"} <= set(objectives)
    assert all(objective.title != name for name, objective in objectives.items())


def test_our_own_files_are_plain_openslo():
    """Another OpenSLO tool finds the fields that the format requires in our files."""
    for file in OBJECTIVES.glob("*.yaml"):
        slo = yaml.safe_load(file.read_text())
        assert {"service", "indicator", "budgetingMethod", "objectives"} <= set(slo["spec"])
        assert 0 <= slo["spec"]["objectives"][0]["target"] < 1
