"""Files of objectives: what is read, and how what cannot be read is said."""

from pathlib import Path

import pytest
import yaml

from slaharness.errors import BadInput
from slaharness.model import BurnAlert, Op, SourceType
from slaharness.objectives.openslo import check, load, load_all

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
        (RATIO, ("kind: SLO", "kind: Slo"), 2, "kind is 'Slo'; read here: SLO, SLI, DataSource"),
        (RATIO, ("name: answers", "name: My answers"), 4, "metadata.name is 'My answers'"),
        (RATIO, ("dev/floor", "dev/flour"), 7, "metadata.annotations holds slaharness.dev/flour"),
        (RATIO, ('"200"', '"many"'), 8, "metadata.annotations.slaharness.dev/floor is 'many'"),
        (RATIO, ("  service: edge\n", ""), 10, "spec.service is missing"),
        (RATIO, ("counter: true", "counter: false"), 15, "counter is false: a gauge counts no requests"),
        (RATIO, ("total:", "bad:"), 14, "ratioMetric.total is missing"),
        (RATIO, ("type: Prometheus", "type: Datadog"), 18, "type is 'Datadog'; read here: 'Prometheus'"),
        (RATIO, ("sum(ok @ $end) - ", ""), 20, "query lacks the window"),
        (RATIO, ("sum(ok @ $end)", "sum(ok @ $end"), 20, "query unclosed left parenthesis"),
        (RATIO, ("sum(all @ $start)", "sum(all @ $start) or vector(0)"), 25, "query has an `or`"),
        (RATIO, ("isRolling: true", "calendar: {}"), 28, "timeWindow[0].calendar.startTime is missing"),
        (RATIO, ("Occurrences", "RatioTimeslices"), 31, "spec.objectives[0].timeSliceWindow is missing"),
        (
            RATIO,
            ("Occurrences", "Monthly"),
            29,
            "read here: 'Occurrences', 'Timeslices' or 'RatioTimeslices'",
        ),
        (RATIO, ("Occurrences", "Timeslices"), 31, "spec.objectives[0].timeSliceTarget is missing (and 1"),
        (
            RATIO,
            ("target: 0.999", "{target: 0.9, timeSliceTarget: 1}"),
            31,
            "with `budgetingMethod: Timeslices`",
        ),
        (RATIO, ("target: 0.999", "targetPercent: 999"), 31, "objectives[0].targetPercent is 999"),
        (
            RATIO,
            ("target: 0.999", "{target: 0.9, targetPercent: 90}"),
            31,
            "both `target` and `targetPercent`",
        ),
        (RATIO, ("target: 0.999", "displayName: most"), 31, "neither `target` nor `targetPercent`"),
        (RATIO, ("target: 0.999", "target: 0"), 31, "objectives[0].target is 0, which holds whatever fails"),
        (RATIO, ("target: 0.999", "{target: 0.9, compositeWeight: 2}"), 31, "composite SLOs are not"),
        (RATIO, ("target: 0.999", 'target: "0.999"'), 31, "objectives[0].target is '0.999'"),
        (RATIO, ("target: 0.999", "target: 99.9"), 31, "objectives[0].target is 99.9"),
        (RATIO, ("target: 0.999", "target: .nan"), 31, "objectives[0].target is nan"),
        (RATIO, ("- target: 0.999", "- {target: 0.9, op: gte}"), 31, "op is for a thresholdMetric"),
        (
            RATIO,
            ("  budgeting", "  alertPolicies: [page]\n  budgeting"),
            29,
            "alertPolicies[0] is 'page', and there is no",
        ),
        (RATIO, ("  budgeting", "  colour: red\n  budgeting"), 29, "colour is no field of an OpenSLO v1 SLO"),
        (RATIO, ("  budgeting", "  service: db\n  budgeting"), 29, "service is there twice"),
        (RATIO, ("{team: weather}", "{team: weather"), 7, "expected ',' or '}'"),
        (RATIO, ("{team: weather}", "*team"), 6, "aliases are not read"),
        (THRESHOLD, ("figure: lost", "figure: loss"), 13, "figure is 'loss'; read here: 'lost'"),
        (
            THRESHOLD,
            ("op: lte", "op: le"),
            16,
            "objectives[0].op is 'le'; read here: 'gte', 'lte', 'gt' or 'lt'",
        ),
        (THRESHOLD, ("value: 0", "value: .inf"), 17, "objectives[0].value is inf"),
        (THRESHOLD, ("- op: lte\n    value: 0", "- op: lte"), 16, "objectives[0].value is missing"),
        (THRESHOLD, ("Ledger", "Bank"), 10, "metricSource has type 'Bank'"),
        (THRESHOLD, ("type: Ledger", "about: it"), 10, "metricSource has no type"),
        (
            THRESHOLD,
            ("  indicator:", "  indicatorRef: sli\n  indicator:"),
            7,
            "indicatorRef stands beside `indicator`",
        ),
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
        (f"{RATIO}---\n{THRESHOLD}", "holds 2 objectives, where one is needed: answers, lost"),
        ("[1, {2: 3}]", "the file is a list of 2 objects; write a file for each"),
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


def test_several_objectives_of_a_file_have_names_of_their_own(write, tmp_path):
    """By what they are displayed as; by a number where that does not tell them apart."""
    write(
        RATIO.replace(
            "- target: 0.999",
            "- {displayName: Most of all, target: 0.9}\n  - {displayName: Nearly all, target: 0.99}",
        )
    )
    objectives = load_all(tmp_path)
    assert {name: one.target for name, one in objectives.items()} == {
        "answers-most-of-all": 0.9,
        "answers-nearly-all": 0.99,
    }
    assert objectives["answers-nearly-all"].title == "Nearly all"
    write(RATIO.replace("- target: 0.999", "- {target: 0.9}\n  - {target: 0.99}"))
    assert set(load_all(tmp_path)) == {"answers-1", "answers-2"}


def test_documents_of_a_folder_refer_to_each_other(write, tmp_path):
    """An SLI, a policy with its condition inline, and a data source, each in a file of its own."""
    indicator = yaml.safe_load(RATIO)["spec"]["indicator"]["spec"]
    for metric in ("good", "total"):
        indicator["ratioMetric"][metric]["metricSource"] = {
            "metricSourceRef": "main",
            "spec": indicator["ratioMetric"][metric]["metricSource"]["spec"],
        }
    slo = yaml.safe_load(RATIO)
    slo["spec"] |= {"indicatorRef": "good-answers", "alertPolicies": [{"alertPolicyRef": "page"}]}
    del slo["spec"]["indicator"]
    condition = {"kind": "burnrate", "op": "gte", "threshold": 10, "lookbackWindow": "1h"}
    inline = {"kind": "AlertCondition", "metadata": {"name": "fast"}, "spec": {"condition": condition}}
    policy = {"alertWhenBreaching": True, "alertWhenNoData": True, "conditions": [inline]}
    for kind, name, spec in (
        ("SLI", "good-answers", indicator),
        ("DataSource", "main", {"type": "prometheus", "connectionDetails": {"url": "http://127.0.0.1"}}),
        ("AlertPolicy", "page", policy),
        ("Service", "edge", {}),
    ):
        content = {"apiVersion": "openslo/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        write(yaml.safe_dump(content), f"{kind}.yaml")
    write(yaml.safe_dump(slo))
    objective = load_all(tmp_path)["answers"]
    assert objective.total == "sum(all @ $end) - sum(all @ $start)"
    assert objective.alerts == (BurnAlert("fast", 10.0, 3600.0),)
    assert objective.no_data_misses
    said = "its burn rates are held against each window; no data is a miss; nobody is notified"
    assert objective.read_as == {
        "alert policy page": said,
        "data source main": "the Prometheus of the stack, wherever that is",
    }


def test_a_folder_is_checked_whole(write, tmp_path):
    """Everything that is wrong is said, a line for each document, and nothing else is read for it."""
    write(RATIO.replace("target: 0.999", "target: 2"), "a.yaml")
    write(f"{THRESHOLD}---\n{THRESHOLD.replace('name: lost', 'name: Bad name')}", "b.yaml")
    write("[", "c.yaml")
    said = check(tmp_path)
    assert [line.partition(": ")[0] for line in said] == [
        f"{tmp_path}/c.yaml:1", f"{tmp_path}/a.yaml:31", f"{tmp_path}/b.yaml:23",
    ]  # fmt: skip
    assert check(OBJECTIVES) == ()


def test_a_folder_without_anything_to_hold_is_said_when_checked(tmp_path):
    """An empty folder, or one with nothing but a service."""
    assert "no objectives here" in check(tmp_path)[0]
    (tmp_path / "service.yaml").write_text(
        "{apiVersion: openslo/v1, kind: Service, metadata: {name: edge}, spec: {}}"
    )
    assert check(tmp_path) == (f"{tmp_path}: no objectives here, only what they refer to",)
    with pytest.raises(BadInput, match="only what they refer to"):
        load_all(tmp_path)


def test_a_message_never_holds_the_whole_file(write):
    """A value of a thousand characters is not repeated, whatever is wrong with it."""
    for text in (
        RATIO.replace("name: answers", f"name: {'A' * 5000}"),
        "x" * 5000,
        RATIO.replace("Occurrences", f"[{'a, ' * 500}]"),
    ):
        with pytest.raises(BadInput) as refusal:
            load(write(text))
        assert len(str(refusal.value).removeprefix(str(write(text)))) < 400


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


def test_the_format_by_its_other_name_is_the_same(write):
    """Operators for Kubernetes give the group a domain; a list of a file's documents may hold both."""
    named = load(write(RATIO.replace("openslo/v1", "openslo.com/v1")))
    assert named == load(write(RATIO))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            'version: "prometheus/v1"\nservice: s\nslos: []',
            ":1: version is 'prometheus/v1', the own format of Sloth",
        ),
        ("apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel", "the own format of Sloth"),
        ("apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective", "the own format of Pyrra"),
        ("apiVersion: n9/v1alpha\nkind: SLO", "the own format of Nobl9; write it as openslo/v1"),
    ],
)
def test_another_tools_own_format_is_told_as_such(write, head, said):
    """Not as an OpenSLO file with fields that are wrong."""
    with pytest.raises(BadInput) as refusal:
        load(write(head))
    assert said in str(refusal.value)


def test_what_is_read_of_counters_alone_need_not_say_so(write):
    """A rate is of a counter; what is read at one instant may be a gauge, and has to say."""
    silent = RATIO.replace("        counter: true\n", "")
    assert load(write(silent)) == load(write(RATIO))
    rates = silent.replace("sum(ok @ $end) - sum(ok @ $start)", "sum(rate(ok[5m]))")
    assert load(write(rates)).good == "sum(ok @ $end) - sum(ok @ $start)"
    bare = silent.replace("sum(ok @ $end) - sum(ok @ $start)", "sum(ok)")
    with pytest.raises(BadInput, match=r"does not say `counter: true`, and `good` reads at one instant"):
        load(write(bare))


def asked(good, total, part="good"):
    text = RATIO.replace("sum(ok @ $end) - sum(ok @ $start)", good)
    return text.replace("sum(all @ $end) - sum(all @ $start)", total).replace("good:", f"{part}:")


RATE, SAME = "sum(rate(a_total{ok='1'}[5m]))", "sum(rate(a_total[5m]))"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            asked(RATE, SAME.replace("rate", "increase")),
            "counts a second in `good` and counts over 5m in `total`",
        ),
        (asked(RATE, "sum(a_total)"), "counts a second in `good` and counts from their beginning in `total`"),
        (
            asked(RATE.replace("rate", "increase"), "sum(increase(a_total[1h]))"),
            "counts over 5m in `good` and counts over 1h in `total`; ask for both alike",
        ),
        (
            asked("sum(increase(a_total[$__range]))", "sum(increase(b_total[1h]))"),
            "counts over the range that is left open in `good`",
        ),
        (
            asked(f"{SAME} - sum(increase(a_total{{ok='0'}}[5m]))", SAME),
            "adds up counts a second and counts over 5m; ask for all of them alike",
        ),
        (
            asked(SAME, "sum(rate(a_total[1h]))"),
            "the same as `good` and as `total`, so it holds whatever fails",
        ),
        (asked(SAME, SAME, "bad"), "the same as `bad` and as `total`, so nothing would ever be good"),
        (
            asked("sum(ok @ $start) - sum(ok @ $end)", "sum(a @ $end) - sum(a @ $start)"),
            "less the more is counted",
        ),
        (asked("sum(rate(a_bucket[5m]))", "sum(rate(a_count[5m]))"), "adds up all buckets of a_bucket"),
        (
            asked("sum(rate(j:ok:rate5m[5m]))", "sum(rate(j:a:rate5m[5m]))"),
            "growth of j:ok:rate5m, which a rec",
        ),
    ],
)
def test_a_share_of_unlike_or_of_the_same_counts_is_refused(write, text, said):
    """Read over our window it would be judged otherwise than its own tool would, or never be missed."""
    with pytest.raises(BadInput) as refusal:
        load(write(text))
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        asked(RATE, "sum(rate(a_total[1h]))"),
        asked("sum(increase(j:ok:total[5m]))", "sum(increase(j:all:total[5m]))"),
        asked("sum(rate(a_bucket{le=~'1|1.0'}[5m]))", "sum(rate(a_count[5m]))"),
        asked("sum(label_replace(rate(a_total{ok='1'}[5m]), 'x', '$1', 'job', '(.*)'))", SAME),
    ],
)
def test_a_share_of_counts_alike_is_read(write, text):
    """Rates of any ranges; recorded counters, a bound in two spellings and new labels are counts."""
    assert load(write(text)).good


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sum(rate(errors_total[5m])) > 0", "has `>`, which leaves no number where it does not hold"),
        (
            "max(max_over_time(a[5m])) unless max(max_over_time(b[5m]))",
            "has `unless`, which leaves no number",
        ),
        (
            "max(max_over_time(job:lag:rate5m[5m]))",
            "a recording rule made over 5m each, so of the time before",
        ),
        ("max(job:lag:avg_1h)", "a recording rule made over 1h each"),
        ("max(max_over_time(job:lag:rate5m[$window] @ $end))", "a recording rule made over 5m each"),
    ],
)
def test_a_number_that_is_not_of_the_window_is_refused(write, query, said):
    """One that is not always there, or that speaks of the calm before a fault as well."""
    text = THRESHOLD.replace("Ledger", "Prometheus").replace("figure: lost", f"query: {query}")
    with pytest.raises(BadInput, match=r"spec\.query ") as refusal:
        load(write(text))
    assert said in str(refusal.value)


def test_what_a_document_refers_to_is_refused_at_its_own_line_and_once(write, tmp_path):
    """Not once more at the SLO that names it, with a line of another document."""
    write(RATIO.replace("  budgeting", "  alertPolicies: [page]\n  budgeting"), "slo.yaml")
    policy = "spec: {alertWhenBreaching: true, conditions: [burns]}\n"
    write(f"apiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {{name: page}}\n{policy}", "policy.yaml")
    condition = "spec:\n  condition:\n    {kind: burnrate, threshold: 14, lookbackWindow: 30s}\n"
    head = "apiVersion: openslo/v1\nkind: AlertCondition\nmetadata: {name: burns}\n"
    write(head + condition, "condition.yaml")
    words = (
        "condition.yaml:6: spec.condition.lookbackWindow is '30s'; write a number with m, h, d, w, M, Q or Y"
    )
    assert [one.removeprefix(f"{tmp_path}/") for one in check(tmp_path)] == [f"{words}, as 28d"]


def test_an_alert_on_little_burn_is_not_asked_of_a_window(write):
    """As the format's own example has it: a window alone cannot tell, and the verdict says so."""
    policy = """  alertPolicies:
  - kind: AlertPolicy
    metadata: {name: page}
    spec:
      alertWhenBreaching: true
      conditions:
      - kind: AlertCondition
        metadata: {name: calm}
        spec: {condition: {kind: burnrate, op: lte, threshold: 2, lookbackWindow: 1h}}
"""
    found = load(write(RATIO.replace("  budgeting", f"{policy}  budgeting")))
    assert found.alerts == ()
    assert "calm asks for little burn, which one window cannot tell" in found.read_as["alert policy page"]


@pytest.mark.parametrize("name", ["slo.json", "slo.YAML", "team/slo.yaml"])
def test_an_objective_that_nobody_reads_is_said(write, tmp_path, name):
    """Its author believes that runs are held to it."""
    write(THRESHOLD)
    (tmp_path / "team").mkdir()
    (tmp_path / "README.md").write_text("openslo")
    (tmp_path / "team/board.json").write_text("{}")
    write(RATIO, name)
    assert check(tmp_path) == (
        f"{tmp_path / name}: is not read: objectives are files NAME.yaml in {tmp_path} itself",
    )
