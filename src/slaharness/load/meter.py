"""What measures a run: the stack's Prometheus and, where that does not scrape the load, one of ours."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.load import scraper
from slaharness.metrics.prometheus import Prometheus
from slaharness.metrics.routed import Routed
from slaharness.metrics.source import Meter
from slaharness.stack import reach
from slaharness.stack.protocol import PrometheusAt, Stack, scrapes_load
from slaharness.undo import journal as undo


@contextmanager
def opened(
    cluster: ClusterInfo, stack: Stack, journal: undo.Journal, *, images: Mapping[str, str], limit: float
) -> Iterator[Meter]:
    """It answers for as long as the body lasts; ``images`` are the load's by name.

    After ``limit`` seconds the load has ended in any case.
    """
    at = stack.prometheus
    own = _prometheus(cluster.api(), at, stack) if at else None
    if own and scrapes_load(stack):
        yield own
        return
    space = stack.load_namespace
    names = scraper.objects(image="", limit=limit, namespace=space)
    entry = undo.objects("Prometheus of the load", cluster, names)
    beside = scraper.beside(cluster, limit=limit, reference=images[scraper.NAME], namespace=space)
    with journal.effect(entry, beside) as endpoint:
        yield Routed(Prometheus(endpoint), own)


def _prometheus(api: Api, at: PrometheusAt, stack: Stack) -> Prometheus:
    """The stack's own. Others may share it: a record keeps what Kubernetes tells of this stack."""
    ours = (*stack.namespaces, stack.load_namespace)
    return Prometheus(
        reach.prometheus(api, at), interval=at.interval, also_kept=at.kept, slower=at.slower, namespaces=ours
    )
