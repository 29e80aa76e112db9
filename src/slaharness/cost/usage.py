"""What pods and claims were given and used over a window, from the record's own series. Pure.

A pod is charged for what it asks for, or for what it uses where that is more, as OpenCost's specification has
it; a claim for what it asks for. Requests are the scheduler's word; usage is the kubelets', who look at it
every ten seconds or so; what left the cluster, the edge counted. Where one of these did not answer, the usage
has ``problems`` and no bill may be written.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from slaharness.cost.scraped import Scraped
from slaharness.metrics.evidence import LOST, Series
from slaharness.model import CostJobs, Window

#: Of records of a day when a stack did not yet say where its costs are told: the jobs of all there were, and
#: what the counter of what left them ended in.
JOBS = CostJobs(
    requests="requests", usage="usage", claims="claims", edge="edge", sent_labels={"proxy": "api"},
    intervals={"requests": 2.0, "usage": 2.0, "claims": 2.0},
)  # fmt: skip
SENT = "_frontend_bytes_out_total"
ASKED = "kube_pod_resource_request"
PROCESSOR, MEMORY = "pod_cpu_usage_seconds_total", "pod_memory_working_set_bytes"
CLAIMED = "kube_persistentvolumeclaim_resource_requests_storage_bytes"
#: The labels without which nobody knows whose cost a series tells.
LABELS = {
    ASKED: ("namespace", "pod", "resource"),
    PROCESSOR: ("namespace", "pod"),
    MEMORY: ("namespace", "pod"),
    CLAIMED: ("namespace", "persistentvolumeclaim"),
}
#: Seconds for which a figure of a pod may be missing: a kubelet is silent of one that was started anew.
SILENT = 20.0
#: Where the load is, which nobody would pay for.
NOT_OURS = frozenset({"load"})

#: What a Deployment or a StatefulSet puts behind its own name.
_MEMBER = re.compile(r"-([a-z0-9]{6,10}-[a-z0-9]{5}|\d+)$")

#: Namespace and name.
Key = tuple[str, str]


@dataclass(frozen=True)
class Share:
    """What one pod is charged for, on average over the window: processors and bytes of memory."""

    cores: float
    memory: float


@dataclass(frozen=True)
class Usage:
    """``pods`` and ``claims`` (bytes) by namespace and name, ``sent`` in bytes a second by namespace.

    ``known`` are the namespaces, and the workloads as ``namespace/workload``, of which anything was ever seen
    in the record, not only in this window.
    """

    window: Window
    pods: Mapping[Key, Share]
    claims: Mapping[Key, float]
    sent: Mapping[str, float]
    known: frozenset[str]
    problems: tuple[str, ...] = ()


def usage(series: Sequence[Series], window: Window, jobs: CostJobs = JOBS) -> Usage:
    """What there is to pay for in ``window``, as far as ``series`` of the record tell."""
    ours = [one for one in series if one.labels.get("namespace") not in NOT_OURS]
    requests, used, claims, edge = (
        Scraped.of(job, jobs.intervals.get(job, 1.0), window, ours)
        for job in (jobs.requests, jobs.usage, jobs.claims, jobs.edge)
    )
    sent = [one for one in edge.series if _left(one, jobs)]
    return Usage(
        window,
        pods=_pods(requests, used),
        claims=_claimed(claims),
        sent=_sent(edge, sent, requests),
        known=frozenset(name for one in ours for name in _names(one)),
        problems=(
            *(doubt for job in (requests, used, claims, edge) if job.job for doubt in job.doubts()),
            *(f"the stack does not say which job tells of {what}" for what in ("requests", "usage")
              if not getattr(jobs, what)),
            *requests.strange([ASKED]),
            *used.strange([PROCESSOR, MEMORY]),
            *claims.strange([CLAIMED]),
            *edge.strange({one.name for one in sent}),
            *requests.bare([ASKED]),
            *used.bare([PROCESSOR, MEMORY]),
            *claims.bare([CLAIMED], always=False),
            *edge.bare({one.name for one in sent}, always=False),
            *_unlabelled(ours),
            *_nowhere(requests, used),
            *_half_told(requests, used),
        ),
    )  # fmt: skip


def _left(one: Series, jobs: CostJobs) -> bool:
    """Whether a series counts bytes that left the stack."""
    named = one.name == jobs.sent if jobs.sent else one.name.endswith(SENT)
    return named and all(one.labels.get(label) == value for label, value in jobs.sent_labels.items())


def _unlabelled(series: Sequence[Series]) -> Iterator[str]:
    """Series of which nobody knows whose cost they tell."""
    for name, labels in LABELS.items():
        bare = [label for one in series if one.name == name for label in labels if not one.labels.get(label)]
        yield from (f"a series of {name} has no label {label}" for label in dict.fromkeys(bare))


def _nowhere(requests: Scraped, usage: Scraped) -> Iterator[str]:
    """Pods that use something, and yet are on no node by the scheduler's word: its label is gone."""
    asked = [one for one in requests.named(ASKED) if one.within(requests.window)]
    used = [one for one in usage.named(PROCESSOR) if one.within(usage.window)]
    known = {_key(one, "pod") for one in asked}
    placed = {_key(one, "pod") for one in asked if one.labels.get("node")}
    if lost := sorted(({_key(one, "pod") for one in used} & known) - placed):
        yield f"{'/'.join(lost[0])} runs, but {ASKED} has no label node for it"


def _half_told(requests: Scraped, usage: Scraped) -> Iterator[str]:
    """Pods of which one figure is told all the while, and another, which is known of them, not once."""
    told = [(requests, one) for one in requests.named(ASKED) if one.labels.get("node")]
    told += [(usage, one) for name in (PROCESSOR, MEMORY) for one in usage.named(name)]
    heard: defaultdict[Key, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for by, one in told:  # several series: of another kubelet after it moved, say
        figure = " ".join(filter(None, (f"{by.job}:", one.labels.get("resource"), one.name)))
        heard[_key(one, "pod")][figure] += by.share(one)
    for pod, figures in sorted(heard.items()) if requests.window.seconds >= SILENT else ():
        least, most = min(figures, key=lambda one: figures[one]), max(figures.values())
        if most >= 1 - LOST and not figures[least]:
            yield f"{least} of {'/'.join(pod)}, which runs, is not there"


def _pods(requests: Scraped, usage: Scraped) -> dict[Key, Share]:
    """Of each resource the greater one: what was asked for, and what was used."""
    cores, memory = _asked(requests, "cpu"), _asked(requests, "memory")
    used_memory: defaultdict[Key, float] = defaultdict(float)
    used_cores: defaultdict[Key, float] = defaultdict(float)
    for one in usage.named(MEMORY):
        used_memory[_key(one, "pod")] += usage.average(one)
    for one in usage.named(PROCESSOR):
        used_cores[_key(one, "pod")] += usage.growth(one)
    return {
        key: Share(
            max(cores.get(key, 0.0), used_cores.get(key, 0.0)),
            max(memory.get(key, 0.0), used_memory.get(key, 0.0)),
        )
        for key in sorted({*cores, *memory, *used_cores, *(key for key, size in used_memory.items() if size)})
    }


def _asked(requests: Scraped, resource: str) -> dict[Key, float]:
    """Several schedulers would say the same; a pod that waits for a node is not paid for yet."""
    found: dict[Key, float] = {}
    for one in requests.named(ASKED):
        if one.labels.get("resource") == resource and one.labels.get("node"):
            key = _key(one, "pod")
            found[key] = max(found.get(key, 0.0), requests.average(one))
    return found


def _claimed(claims: Scraped) -> dict[Key, float]:
    """Several who tell of one claim say the same."""
    found: dict[Key, float] = {}
    for one in claims.named(CLAIMED):
        key = _key(one, "persistentvolumeclaim")
        found[key] = max(found.get(key, 0.0), claims.average(one))
    return {key: size for key, size in found.items() if size}


def _sent(edge: Scraped, sent: Sequence[Series], requests: Scraped) -> dict[str, float]:
    """By the namespace that the edge's pods are in, which only the scheduler tells."""
    spaces = {one.labels.get("pod"): one.labels.get("namespace", "") for one in requests.named(ASKED)}
    found: defaultdict[str, float] = defaultdict(float)
    for one in sent:
        found[spaces.get(one.labels.get("pod"), edge.job)] += edge.growth(one)
    return dict(found)


def workload(name: str) -> str:
    """Of a pod's name, or a claim's, what its siblings have in common with it."""
    return _MEMBER.sub("", name)


def _names(series: Series) -> Iterator[str]:
    """What one may ask the cost of, for having seen it."""
    if space := series.labels.get("namespace"):
        yield space
        if pod := series.labels.get("pod"):
            yield f"{space}/{workload(pod)}"


def _key(series: Series, label: str) -> Key:
    return series.labels.get("namespace", ""), series.labels.get(label, "")
