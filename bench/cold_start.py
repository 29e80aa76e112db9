"""What KEDA adds to a cold start: from work to the first answer, beside a plain change of ``replicas``.

The same request of the same sleeping service, ten times woken by what Prometheus scrapes and ten times by
hand, on one cluster. What KEDA may add is one scrape, one poll and half a second, at the 95th percentile. Run
as root: ``python bench/cold_start.py [--name CLUSTER]``; a cluster that is there is used and left.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from kubernetes import client
from lab import short

from slaharness.checks.cold_start import Wake, quantile, wakes
from slaharness.cluster.api import Api
from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.local.provider import Local
from slaharness.events import WORK_ARRIVED
from slaharness.faults.scaling.requests import Question, until_answered
from slaharness.faults.scaling.watch import Watch, watch
from slaharness.host.wait import until
from slaharness.model import Event
from slaharness.settings import read as settings
from slaharness.stack import deploy

WAKES = 10
SCRAPE, POLL, GRACE = 1.0, 1.0, 0.5
NAMESPACE, NAME = "application", "forecast"
QUESTION = Question(NAMESPACE, "edge:80", "/stations/deploy-check/forecast", "station deploy-check")
SCALER = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject"}


def main() -> None:
    short.needs("cold_start", "root, and a cluster of its own on this machine with KEDA")
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--name", default="benchcold")
    stack = settings.here().stack
    prepare(yes=True, also=(partial(deploy.build, stack, [stack.profile("scaling")]),))
    provider = Local(asked.parse_args().name)
    there = provider.find()
    try:
        cluster = there or provider.up()
        deploy.deploy(cluster, provider, stack, "scaling")
        api = cluster.api()
        with _paused(api):
            plain = _wakes(api, lambda: _scale(api, 1), lambda: _scale(api, 0))
        woken = _wakes(api, lambda: None, lambda: None)
    finally:
        if not there:
            provider.down()
    _print(plain, woken)


def _wakes(api: Api, rise: Callable[[], None], lie_down: Callable[[], None]) -> list[Wake]:
    with watch(api.core, NAMESPACE, NAME) as seen:
        for _ in range(WAKES):
            lie_down()
            until(lambda: seen.asleep, within=90, every=0.05, what=f"{NAME} sleeps")
            seen.stamp(WORK_ARRIVED)
            rise()
            until_answered(QUESTION, api.core, seen, within=60)
        lie_down()
    return _told(seen)


def _told(seen: Watch) -> list[Wake]:
    if seen.problems:
        raise SystemExit("; ".join(seen.problems))
    return wakes([Event(**event) for event in seen.events])


@contextmanager
def _paused(api: Api) -> Iterator[None]:
    """Keep KEDA's hands off for a while."""
    scaler = {**SCALER, "metadata": {"name": NAME, "namespace": NAMESPACE}}
    pause = "autoscaling.keda.sh/paused"
    api.patch(scaler, {"metadata": {"annotations": {pause: "true"}}})
    try:
        yield
    finally:
        api.patch(scaler, {"metadata": {"annotations": {pause: None}}})


def _scale(api: Api, replicas: int) -> None:
    """As ``kubectl scale`` does, without the time that starting a program takes."""
    apps = client.AppsV1Api(api.client)
    apps.patch_namespaced_deployment_scale(NAME, NAMESPACE, {"spec": {"replicas": replicas}})


def _print(plain: list[Wake], woken: list[Wake]) -> None:
    by_hand, by_keda = (_p95(found) for found in (plain, woken))
    limit = by_hand + SCRAPE + POLL + GRACE
    refused = sum(one.refused for one in (*plain, *woken))
    print(json.dumps({
        "name": "cold_start", "ok": by_keda <= limit and not refused, "value": round(by_keda, 2),
        "limit": round(limit, 2), "unit": "s", "plain_p95": round(by_hand, 2), "wakes": len(woken),
        "refused": refused, "plain": _times(plain), "woken": _times(woken),
    }))  # fmt: skip


def _p95(found: list[Wake]) -> float:
    return quantile([float("inf") if one.took is None else one.took for one in found], 0.95)


def _times(found: list[Wake]) -> list[float | None]:
    return [None if one.took is None else round(one.took, 2) for one in found]


if __name__ == "__main__":
    main()
