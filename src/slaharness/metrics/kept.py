"""Which series a record keeps, as PromQL selectors: a Prometheus that others share holds far more. Pure."""

import json
import re
from collections.abc import Iterable, Sequence

from slaharness.metrics.evidence import Series
from slaharness.metrics.measure import STARTED
from slaharness.model import Objective, SourceType
from slaharness.objectives import promql

#: Of the clients, of what scraped them, and what Kubernetes says of scale and cost. Stacks add theirs.
NAMES = (
    "loadgen_.+|up|scrape_duration_seconds|process_start_time_seconds|kube_deployment_.+"
    "|kube_pod_resource_request|pod_cpu_usage_seconds_total|pod_memory_working_set_bytes"
    "|kube_persistentvolumeclaim_resource_requests_storage_bytes"
)
#: What Prometheus says of the targets of a job.
OF_SCRAPES = "up|scrape_duration_seconds"


def selectors(objectives: Iterable[Objective], also: str = "", namespaces: Sequence[str] = ()) -> list[str]:
    """What ``objectives`` rest on, what is called as ``also`` says, and NAMES of ``namespaces``.

    ``also`` is a regular expression. Series without a namespace may be of any; without ``namespaces`` all
    are kept.
    """
    asked = {
        selector.text
        for objective in objectives
        if objective.source is not SourceType.LEDGER
        for selector in promql.selectors(objective)
    }
    named = {_named(also)} if also else set()
    return [*sorted(_inside(namespaces) | named), *sorted(asked | {STARTED.text})]


def of_jobs(series: Iterable[Series]) -> list[str]:
    """What tells whether those who said ``series`` were scraped: they may be of another namespace."""
    jobs = sorted({job for one in series if (job := one.labels.get("job"))})
    matcher = json.dumps("|".join(map(re.escape, jobs)))
    return [_named(OF_SCRAPES, f"job=~{matcher}")] if jobs else []


def _inside(namespaces: Sequence[str]) -> set[str]:
    """Prometheus calls a namespace that a target tells of ``exported_`` where the target has one itself."""
    if not namespaces:
        return {_named(NAMES)}
    ours = "|".join(namespaces)
    return {_named(NAMES, f'namespace=~"{ours}|"'), _named(NAMES, f'exported_namespace=~"{ours}"')}


def _named(names: str, *matchers: str) -> str:
    return "{" + ",".join([f'__name__=~"{names}"', *matchers]) + "}"
