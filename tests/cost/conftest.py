"""A stack whose usage is known to the digit, as Prometheus would have scraped it."""

from collections.abc import Callable

import pytest

from slaharness.cost.prices import Prices
from slaharness.metrics.evidence import Series
from slaharness.model import BASELINE, FAULT, RECOVERY, Window

GIB = 2**30
WINDOWS = (Window(BASELINE, 1010, 1030), Window(FAULT, 1040, 1070), Window(RECOVERY, 1070, 1090))
KUBELET, SCHEDULER = "198.18.0.11:10250", "198.18.0.1:10259"


def series(name: str, value: Callable[[float], float | None], *, every=2.0, **labels: str) -> Series:
    """Scraped from 1000 to 1100; where ``value`` is None, it was not there."""
    instants = [1000.5 + every * number for number in range(int(100 / every))]
    samples = tuple((at, float(found)) for at in instants if (found := value(at)) is not None)
    return Series({"__name__": name, **labels}, samples)


def up(job, instance, value=lambda _: 1.0, every=2.0):
    return series("up", value, every=every, job=job, instance=instance)


def pod(space, name, *, cores=0.1, memory=GIB, used=0.05, there=lambda _: True, node="n1"):
    """What the scheduler and the kubelet say of one pod, which uses ``used`` processors all the time."""
    where = {"namespace": space, "pod": name}
    asked = {"job": "requests", "instance": SCHEDULER, "node": node, **where}
    told = {"job": "usage", "instance": KUBELET, **where}

    def only(value):
        return lambda at: value(at) if there(at) else None

    return [
        series("kube_pod_resource_request", only(lambda _: cores), resource="cpu", **asked),
        series("kube_pod_resource_request", only(lambda _: memory), resource="memory", **asked),
        series("pod_cpu_usage_seconds_total", only(lambda at: used * (at - 900)), **told),
        series("pod_memory_working_set_bytes", only(lambda _: memory / 2), **told),
    ]


def claim(space, name, size):
    return series(
        "kube_persistentvolumeclaim_resource_requests_storage_bytes", lambda _: size,
        job="claims", instance="localhost:9102", namespace=space, persistentvolumeclaim=name,
    )  # fmt: skip


def sent(name, rate):
    return series(
        "haproxy_frontend_bytes_out_total", lambda at: rate * (at - 900),
        every=1.0, job="edge", instance="edge:8404", pod=name, proxy="api",
    )  # fmt: skip


@pytest.fixture
def prices() -> Prices:
    """Round figures."""
    return Prices(currency="USD", vcpu_hour=1, gib_hour=0.1, gib_month=7.3, gb_traffic=0.5, engineer_hour=60)


@pytest.fixture
def ups() -> list[Series]:
    """Everybody answers."""
    return [
        up("requests", SCHEDULER), up("usage", KUBELET), up("claims", "localhost:9102"),
        up("edge", "edge:8404", every=1.0),
    ]  # fmt: skip


@pytest.fixture
def stack(ups) -> list[Series]:
    """Three database pods with 10 GiB each, an edge that sends 1 MB a second, a load that is not ours."""
    return [
        *ups,
        *(one for n in range(3) for one in pod("persistence", f"cassandra-{n}", cores=0.5, memory=2 * GIB)),
        *(claim("persistence", f"data-cassandra-{n}", 10 * GIB) for n in range(3)),
        *pod("application", "edge-7f9c6d5b4-abcde", cores=0.1, memory=0, used=0.2),
        sent("edge-7f9c6d5b4-abcde", 1e6),
        *pod("load", "locust", cores=8),
    ]
