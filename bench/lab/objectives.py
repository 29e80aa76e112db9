"""What users of the small worlds ask for, as files of OpenSLO: each read as anybody's file is read."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from lab.world import BUCKET, COUNTER, GAUGE
from slaharness.model import Objective
from slaharness.objectives import openslo

OK, ALL = f'{COUNTER}{{job="load", outcome="ok"}}', f'{COUNTER}{{job="load"}}'
FAIL = f'{COUNTER}{{job="load", outcome="fail"}}'


def grown(selector: str) -> str:
    """How much a counter grew over the window."""
    return f"sum({selector} @ $end) - sum({selector} @ $start)"


def increased(selector: str) -> str:
    """The same, as increase() guesses it."""
    return f"sum(increase({selector}[$window] @ $end))"


def _metric(query: str) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


def _ratio(
    objective: dict[str, Any] | None = None, *, method: str = "Occurrences", **queries: str
) -> dict[str, Any]:
    ratio = {"counter": True, **{name: _metric(query) for name, query in queries.items()}}
    return {
        "service": "api",
        "indicator": {"spec": {"ratioMetric": ratio}},
        "timeWindow": [{"duration": "4w", "isRolling": True}],
        "budgetingMethod": method,
        "objectives": [objective or {"target": 0.99}],
    }


LAG = f'max(max_over_time({GAUGE}{{job="load"}}[$window] @ $end))'


def _limit(op: str, value: float, query: str = LAG) -> dict[str, Any]:
    return {
        "service": "api",
        "indicator": {"spec": {"thresholdMetric": _metric(query)}},
        "budgetingMethod": "Occurrences",
        "objectives": [{"op": op, "value": value}],
    }


PAGE = {
    "kind": "AlertPolicy",
    "metadata": {"name": "page"},
    "spec": {
        "alertWhenNoData": True,
        "alertWhenBreaching": True,
        "conditions": [
            {
                "kind": "AlertCondition",
                "metadata": {"name": "fast"},
                "spec": {"condition": {"kind": "burnrate", "threshold": 14.4, "lookbackWindow": "1h"}},
            }
        ],
    },
}
PLAIN = _ratio(good=grown(OK), total=grown(ALL))
LATENCY = f'{BUCKET}{{job="load", outcome="ok", le="LE"}}'
#: By what a situation asks.
SPECS: dict[str, dict[str, Any]] = {
    "availability": PLAIN,
    "recovery": PLAIN,
    "latency": _ratio(good=grown(LATENCY.replace("LE", "0.5")), total=grown(ALL)),
    "between two bounds": _ratio(good=grown(LATENCY.replace("LE", "0.3")), total=grown(ALL)),
    "nothing": _ratio(good=grown('no_such_total{job="load"}'), total=grown(ALL)),
    "increase": _ratio(good=increased(OK), total=increased(ALL)),
    "as Sloth has it": _ratio(
        bad=f"sum(rate({FAIL}[{{{{.window}}}}]))", total=f"sum(rate({ALL}[{{{{.window}}}}]))"
    ),
    "as Pyrra has it": _ratio(good=f"sum(rate({OK}[5m]))", total=f"sum(rate({ALL}[5m]))"),
    "in percent": _ratio({"targetPercent": 99}, good=grown(OK), total=grown(ALL)),
    "clamped": _ratio(good=f"clamp_min({grown(OK)}, 1)", total=f"clamp_min({grown(ALL)}, 1)"),
    "one more": _ratio(good=f"{grown(OK)} + 1", total=f"{grown(ALL)} + 1"),
    "filled": _ratio(good=f"({grown(OK)}) or vector(1)", total=f"({grown(ALL)}) or vector(1)"),
    "per second": _ratio(
        good=f"sum(irate({OK}[$window] @ $end))", total=f"sum(irate({ALL}[$window] @ $end))"
    ),
    "slices": _ratio(
        {"target": 1.0, "timeSliceTarget": 0.9, "timeSliceWindow": 4.5 / 60},
        method="Timeslices", good=grown(OK), total=grown(ALL),
    ),
    "mean of slices": _ratio(
        {"target": 0.99, "timeSliceWindow": 4.5 / 60},
        method="RatioTimeslices", good=grown(OK), total=grown(ALL),
    ),
    "lag below": _limit("lt", 3.0),
    "lag at most": _limit("lte", 3.0),
    "at most 44 fail": _limit("lte", 44.0, increased(FAIL)),
    "or page": PLAIN | {"alertPolicies": [PAGE]},
}  # fmt: skip


def objective(asks: str, folder: Path) -> Objective:
    """What a situation asks for. Raises BadInput when its file is refused."""
    spec = deepcopy(SPECS[asks])
    metadata: dict[str, Any] = {"name": "answers"}
    if "ratioMetric" in spec["indicator"]["spec"]:
        metadata["annotations"] = {"slaharness.dev/floor": "100"}
    file = folder / "answers.yaml"
    content = {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": metadata, "spec": spec}
    file.write_text(yaml.safe_dump(content))
    return openslo.load(file)
