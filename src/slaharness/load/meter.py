"""Who measures a run: the stack's Prometheus, and one of ours where that does not scrape the load."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import LoadTrouble, NotYet
from slaharness.load import pod_monitor, remote_write, scraper
from slaharness.metrics.prometheus import SCRAPE_INTERVAL, Prometheus
from slaharness.metrics.routed import Routed
from slaharness.metrics.source import Meter
from slaharness.stack import reach
from slaharness.stack.protocol import POD_MONITOR, PrometheusAt, Stack, scrapes_load
from slaharness.undo import journal as undo

#: Seconds until the load's pods are found by whoever scrapes them.
FOUND_WITHIN = 30.0


@contextmanager
def opened(
    cluster: ClusterInfo, stack: Stack, journal: undo.Journal, *, images: Mapping[str, str], limit: float
) -> Iterator[Meter]:
    """What measures until the body ends, with all that is made for it in ``journal``.

    ``limit`` is the load's, in seconds; ``images`` are the load's by name. Raises BadInput
    when an environment variable that the settings name is not set, ClusterTrouble or LoadTrouble when the
    load's metrics cannot be had in the way that they say.
    """
    at = stack.prometheus
    own = _prometheus(cluster.api(), at, stack) if at else None
    if at and own and scrapes_load(stack):
        with _monitored(cluster, at, stack.load_namespace, journal):
            yield own
        return
    space = stack.load_namespace
    secret = remote_write.secret(at.remote_write, space) if at and at.remote_write else None
    names = scraper.objects(image="", limit=limit, namespace=space, secret=secret)
    entry = undo.objects("Prometheus of the load", cluster, names)
    reference = images[scraper.NAME]
    beside = scraper.beside(cluster, limit=limit, reference=reference, namespace=space, secret=secret)
    with journal.effect(entry, beside) as endpoint:
        yield Routed(Prometheus(endpoint), own)


def scraped(stack: Stack, prometheus: Meter, workers: int) -> None:
    """Return when all of the load's ``workers`` are scraped: twice, once they are found.

    Raises NotYet, or LoadTrouble where it may be the operator's selector that does not find them.
    """
    at = stack.prometheus
    monitored = at is not None and at.load == POD_MONITOR
    interval = at.interval if at and scrapes_load(stack) else SCRAPE_INTERVAL
    within = (pod_monitor.TOLD_WITHIN if monitored else FOUND_WITHIN) + 2 * interval
    try:
        prometheus.watching("load", workers, within=within)
    except NotYet as error:
        if not monitored:
            raise
        hint = "does its operator select PodMonitors by [prometheus] pod_monitor_labels, in that namespace?"
        raise LoadTrouble(f"{error}: {hint}") from error


def _monitored(
    cluster: ClusterInfo, at: PrometheusAt, namespace: str, journal: undo.Journal
) -> AbstractContextManager[None]:
    """The stack's Prometheus told of the load's pods, where that takes an object of ours."""
    if at.load != POD_MONITOR:
        return nullcontext()
    api = cluster.api()
    pod_monitor.require(api)
    body = pod_monitor.body(interval=at.interval, labels=at.pod_monitor_labels, namespace=namespace)
    entry = undo.objects("PodMonitor of the load", cluster, [body])
    return journal.effect(entry, pod_monitor.applied(api, body))


def _prometheus(api: Api, at: PrometheusAt, stack: Stack) -> Prometheus:
    """The stack's own. Others may share it: a record keeps what Kubernetes tells of this stack."""
    ours = (*stack.namespaces, stack.load_namespace)
    return Prometheus(
        reach.prometheus(api, at), interval=at.interval, also_kept=at.kept, slower=at.slower, namespaces=ours
    )
