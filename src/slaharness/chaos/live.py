"""Do the experiment's faults have something to hit? Asked of the cluster just before the fault."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kubernetes.client import BatchV1Api
from kubernetes.client.exceptions import ApiException

from slaharness.chaos.client import running
from slaharness.chaos.experiment import Experiment
from slaharness.chaos.format.target import Target
from slaharness.chaos.format.variables import LATER

if TYPE_CHECKING:
    from slaharness.cluster.api import Api


def check_targets(experiment: Experiment, api: "Api") -> list[str]:
    """Say which names and selectors of its method's actions match no live object; an empty list is good.

    A probe may ask for what is not there, a rollback for what the method makes.
    """
    struck = [one for one in experiment.targets if one.role == "action" and one.place.startswith("method")]
    return [problem for one in struck if one.namespace for problem in _missing(one, api)]


def _missing(one: Target, api: "Api") -> Iterator[str]:
    batch = BatchV1Api(api.client)
    listings: dict[str, Callable[..., Any]] = {
        "pods": api.core.list_namespaced_pod,
        "services": api.core.list_namespaced_service,
        "deployments": api.apps.list_namespaced_deployment,
        "daemonsets": api.apps.list_namespaced_daemon_set,
        "replicasets": api.apps.list_namespaced_replica_set,
        "statefulsets": api.apps.list_namespaced_stateful_set,
        "cronjobs": batch.list_namespaced_cron_job,
        "jobs": batch.list_namespaced_job,
    }
    if one.kind not in listings or LATER in one.selector + one.name:
        return
    options = {"label_selector": one.selector} if one.selector else {}
    try:
        found = listings[one.kind](one.namespace, **options)
        live = any(_alive(one, item) for item in found.items) or _at_zero(one, api)
    except ApiException as error:
        yield f"{one.place}: {one} cannot be asked for: {error.status} {error.reason}"
        return
    if not live:
        yield f"{one.place}: {one} matches no live object"


def _at_zero(one: Target, api: "Api") -> bool:
    """Whether pods may yet come: the experiment may start them, and a fault that hits none says so."""
    if one.kind != "pods" or not one.selector:
        return False
    found: Any = api.apps.list_namespaced_deployment(one.namespace, label_selector=one.selector)
    return any(item.spec.replicas == 0 for item in found.items)


def _alive(one: Target, item: Any) -> bool:
    named = not one.name or item.metadata.name == one.name
    return named and (one.kind != "pods" or running(item))
