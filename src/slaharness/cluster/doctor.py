"""What a cluster of others has and lacks for a run, each with the command that mends it. Changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from slaharness.cluster import kind
from slaharness.cluster.api import Api
from slaharness.cluster.existing import Existing
from slaharness.cluster.local.doctor import Check, State
from slaharness.cluster.provider import ClusterInfo
from slaharness.cluster.rights import Needed, lacking
from slaharness.errors import ClusterTrouble
from slaharness.host.unreachable import why

#: An annotation of the StorageClass that claims get when they name none.
DEFAULT = "storageclass.kubernetes.io/is-default-class"
#: What a namespace says of the pods that it takes.
ENFORCED = "pod-security.kubernetes.io/enforce"
#: How many rights that are lacking are named.
NAMED = 8


def examine(context: str, needed: Sequence[Needed], namespaces: Sequence[str]) -> list[Check]:
    """Everything about the context; the first that fails for good hides what could be seen only with it.

    Raises BadInput for a context that is not there.
    """
    try:
        found = Existing(context).up()
    except ClusterTrouble as error:
        return [Check("reach", State.MISSING, str(error), "log in, or start the cluster")]
    api = found.api()
    looks: list[Callable[[], Check]] = [
        lambda: _rights(api, needed),
        lambda: _nodes(api),
        lambda: _storage(api),
        lambda: _metrics(api),
        lambda: _security(api, namespaces),
    ]
    return [*_reached(found), *map(_asked, looks), _images(context)]


def _reached(found: ClusterInfo) -> Iterator[Check]:
    yield Check("reach", State.OK, f"Kubernetes {found.kubernetes}, {found.api().client.configuration.host}")
    cure = "put certificate-authority in its kubeconfig in place of insecure-skip-tls-verify"
    if found.verified:
        yield Check("server", State.OK, "proves itself")
    else:
        yield Check("server", State.WARN, "is not verified", cure)


def _asked(look: Callable[[], Check]) -> Check:
    """What the API server refuses to tell is a check that failed."""
    try:
        return look()
    except (ApiException, ClusterTrouble) as error:
        return Check("a look", State.WARN, why(error), "slaharness rights | kubectl apply -f -")


def _rights(api: Api, needed: Iterable[Needed]) -> Check:
    missing = lacking(api, needed)
    if not missing:
        return Check("rights", State.OK, "all that a run needs")
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    seen = f"may not {', '.join(missing[:NAMED])}{more}"
    return Check("rights", State.MISSING, seen, "slaharness rights | kubectl apply -f -")


def _nodes(api: Api) -> Check:
    nodes: list[Any] = list(api.core.list_node().items)
    able = [one for one in nodes if not one.spec.unschedulable and _ready(one)]
    seen = f"{len(able)} of {len(nodes)} take pods"
    return _judged("nodes", seen, ok=len(able) > 0, cure="kubectl uncordon NODE")


def _ready(node: Any) -> bool:
    return any(one.type == "Ready" and one.status == "True" for one in node.status.conditions or ())


def _storage(api: Api) -> Check:
    found: list[Any] = list(client.StorageV1Api(api.client).list_storage_class().items)
    names = [one.metadata.name for one in found]
    default = [one for one in found if (one.metadata.annotations or {}).get(DEFAULT) == "true"]
    cure = f'kubectl annotate storageclass NAME {DEFAULT}="true"'
    seen = f"{', '.join(names) or 'none'}; default: {default[0].metadata.name if default else 'none'}"
    return _judged("storage class", seen, ok=bool(default), cure=cure, otherwise=State.WARN)


def _metrics(api: Api) -> Check:
    """What scales and costs rest on; faults and latency do not."""
    groups: Any = client.ApisApi(api.client).get_api_versions()
    there = any(one.name == "metrics.k8s.io" for one in groups.groups)
    seen = "metrics.k8s.io is served" if there else "no metrics.k8s.io"
    return _judged("metrics", seen, ok=there, cure="install metrics-server", otherwise=State.WARN)


def _security(api: Api, namespaces: Sequence[str]) -> Check:
    every: list[Any] = list(api.core.list_namespace().items)
    spaces = [one for one in every if one.metadata.name in namespaces]
    levels = {one.metadata.name: (one.metadata.labels or {}).get(ENFORCED, "not set") for one in spaces}
    seen = (
        ", ".join(f"{name}: {level}" for name, level in levels.items()) or "its namespaces are not there yet"
    )
    open_ones = [name for name, level in levels.items() if level in {"not set", "privileged"}]
    cure = f"kubectl label namespace {' '.join(open_ones)} {ENFORCED}=baseline"
    return _judged("pod security", seen, ok=not open_ones, cure=cure, otherwise=State.WARN)


def _images(context: str) -> Check:
    if kind.takes_images(context):
        return Check("images", State.OK, "kind puts them into its nodes")
    cure = "slaharness run --registry HOST/PATH, a registry that the nodes pull from"
    return Check("images", State.WARN, "its nodes take none from here", cure)


def _judged(name: str, seen: str, *, ok: bool, cure: str, otherwise: State = State.MISSING) -> Check:
    return Check(name, State.OK, seen) if ok else Check(name, otherwise, seen, cure)
