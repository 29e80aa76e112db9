"""Where faults may strike, and as whom: fail-closed, checked before anything is changed."""

import base64
import secrets
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from slaharness.chaos.allowed import keeps_inside
from slaharness.chaos.declaration import Rights, together
from slaharness.chaos.experiment import Experiment
from slaharness.errors import ClusterTrouble, NotAllowed, NotYet
from slaharness.host import paths
from slaharness.host.wait import until
from slaharness.undo import journal as undo

if TYPE_CHECKING:
    from slaharness.cluster.api import Api
    from slaharness.cluster.provider import ClusterInfo

Manifest = dict[str, Any]

#: What a namespace must carry for faults to touch it.
LABEL, ALLOWED = "slaharness.dev/faults", "allowed"
ACCOUNT = "slaharness-chaos"
#: Seconds that the account's token is good for: a BASELINE and a fault, and far beyond.
TOKEN_LIFE = 3600
#: Seconds for a new RoleBinding to count.
SETTLE = 15.0
RBAC = "rbac.authorization.k8s.io"
#: What every fault and probe may do where it strikes or looks: see where it is, and find its pods.
EVERY: Rights = {"namespaces": "get", "pods": "list"}
#: Resources by which pods come to be, and the levels of Pod Security that keep those to themselves.
MAKERS = {"pods", "jobs.batch", "deployments.apps", "statefulsets.apps"}
POD_SECURITY, CONFINED = "pod-security.kubernetes.io/enforce", {"baseline", "restricted"}
#: What a kubeconfig says of the way to a server and of trust in it, beside files.
REACHED = {
    "server", "certificate-authority-data", "insecure-skip-tls-verify", "tls-server-name", "proxy-url",
}  # fmt: skip
NOT_FOUND = 404
NOT_YET_KNOWN = (401, 403)


def allow(api: "Api", experiment: Experiment, inside: Container[str] | None = None) -> None:
    """Raise NotAllowed unless its faults keep to namespaces with the label, and all of it to ``inside``.

    ``inside`` are the namespaces of the stack under test: a fault elsewhere would say nothing of it. A probe
    may look into any of them.
    """
    if not experiment.namespaces:
        raise NotAllowed(
            "the experiment names no namespace, so its faults cannot be kept to one: name it in each action"
        )
    if inside is not None:
        keeps_inside(experiment, inside)
    for namespace in experiment.looks_into:
        found = _read(api.core, namespace)
        if namespace in experiment.namespaces:
            _labelled(found, namespace)
        _confines_pods(found, namespace, experiment.rights(namespace))


def permit(core: "client.CoreV1Api", namespace: str) -> None:
    """Raise NotAllowed unless faults may touch ``namespace``."""
    _labelled(_read(core, namespace), namespace)


def _labelled(found: Any, namespace: str) -> None:
    if (found.metadata.labels or {}).get(LABEL) != ALLOWED:
        raise NotAllowed(
            f"namespace {namespace} is not labelled {LABEL}={ALLOWED}, so no fault may touch it: "
            f"`kubectl label namespace {namespace} {LABEL}={ALLOWED}` if it may"
        )


def _confines_pods(found: Any, namespace: str, rights: Rights) -> None:
    """Raise NotAllowed where a pod that such rights make could take its node."""
    makes = [one for one, verbs in rights.items() if one in MAKERS and {"create", "patch"} & {*verbs.split()}]
    if makes and (found.metadata.labels or {}).get(POD_SECURITY) not in CONFINED:
        raise NotAllowed(
            f"a fault that may change {makes[0]} in namespace {namespace} could run any pod there, for it "
            f"enforces no Pod Security: `kubectl label namespace {namespace} {POD_SECURITY}=baseline`"
        )


def _read(core: "client.CoreV1Api", namespace: str) -> Any:
    try:
        return core.read_namespace(namespace)
    except ApiException as error:
        if error.status == NOT_FOUND:
            raise NotAllowed(f"namespace {namespace} does not exist: `kubectl get namespaces`") from error
        raise NotAllowed(f"namespace {namespace} cannot be read: {error.status} {error.reason}") from error


@contextmanager
def access(
    cluster: "ClusterInfo",
    experiment: Experiment,
    journal: undo.Journal,
    inside: Container[str] | None = None,
) -> Iterator[Path]:
    """Yield a kubeconfig that can do no more than the experiment's activities declare; remove it all again.

    Raises NotAllowed before anything is made (see ``allow``), ClusterTrouble when the account cannot work.
    """
    api = cluster.api()
    allow(api, experiment, inside)
    name = f"{ACCOUNT}-{secrets.token_hex(3)}"
    objects, file = account(name, experiment), paths.STATE / "access" / f"{name}.kubeconfig"
    entry = undo.objects("ServiceAccount of the fault", cluster, objects, [file])
    with journal.effect(entry, _account(api, objects, file)):
        yield file


def account(name: str, experiment: Experiment) -> list[Manifest]:
    """ServiceAccount ``name`` where its faults strike first; in each namespace a Role and its binding."""
    home = experiment.namespaces[0]
    subject = {"kind": "ServiceAccount", "name": name, "namespace": home}
    made = [_object("v1", "ServiceAccount", name, home)]
    for namespace in experiment.looks_into:
        rights = together([EVERY, experiment.rights(namespace)])
        made += _role("", name, namespace, rights, subject)
    if everywhere := experiment.rights_everywhere:
        made += _role("Cluster", name, "", everywhere, subject)
    return made


def _role(scope: str, name: str, namespace: str, rights: Rights, subject: Manifest) -> list[Manifest]:
    """A Role or ClusterRole with those rights, bound to the account."""
    role = _object(f"{RBAC}/v1", f"{scope}Role", name, namespace)
    binding = _object(f"{RBAC}/v1", f"{scope}RoleBinding", name, namespace)
    reference = {"apiGroup": RBAC, "kind": f"{scope}Role", "name": name}
    return [
        {**role, "rules": [_rule(*one) for one in rights.items()]},
        {**binding, "roleRef": reference, "subjects": [subject]},
    ]


def _rule(resource: str, verbs: str) -> Manifest:
    """``deployments.apps`` and ``get list`` as RBAC has it."""
    name, slash, inner = resource.partition("/")
    plural, _, group = name.partition(".")
    return {"apiGroups": [group], "resources": [f"{plural}{slash}{inner}"], "verbs": verbs.split()}


def _object(version: str, kind: str, name: str, namespace: str = "") -> Manifest:
    meta: Manifest = {"name": name, "labels": {"app.kubernetes.io/managed-by": "slaharness"}}
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": meta}


@contextmanager
def _account(api: "Api", objects: Sequence[Manifest], file: Path) -> Iterator[None]:
    try:
        api.apply(objects)
        meta = objects[0]["metadata"]
        _write(file, _kubeconfig(api, meta["name"], meta["namespace"]))
        _proven(file, [space for one in objects if (space := one["metadata"].get("namespace"))])
        yield
    finally:
        file.unlink(missing_ok=True)
        api.delete(objects)


def _kubeconfig(api: "Api", name: str, namespace: str) -> Manifest:
    """Return a kubeconfig of one context: the same server, trusted the same way, the account's own token."""
    ask: Any = {"spec": {"expirationSeconds": TOKEN_LIFE}}
    answer: Any = api.core.create_namespaced_service_account_token(name, namespace, ask)
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": server(api)}],
        "users": [{"name": name, "user": {"token": answer.status.token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
    }


def server(api: "Api") -> Manifest:
    """How ``api`` reaches its server and trusts it, as the ``cluster`` of a kubeconfig that stands alone."""
    cluster = {key: value for key, value in api.reach.cluster.items() if key in REACHED}
    if file := api.reach.cluster.get("certificate-authority"):
        authority = base64.b64encode(Path(file).read_bytes()).decode()
        cluster.setdefault("certificate-authority-data", authority)
    return cluster


def _write(file: Path, kubeconfig: Manifest) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(kubeconfig))


def _proven(file: Path, namespaces: Sequence[str]) -> None:
    """Wait until the account may list pods in each namespace: bindings take a moment to count."""
    core = client.CoreV1Api(config.new_client_from_config(str(file)))
    for namespace in dict.fromkeys(namespaces):
        what = f"faults may list pods in {namespace}"
        try:
            until(partial(_counts, core, namespace), within=SETTLE, what=what)
        except NotYet as error:
            raise ClusterTrouble(f"{error}; does the cluster authorise by RBAC?") from error


def _counts(core: "client.CoreV1Api", namespace: str) -> bool:
    try:
        core.list_namespaced_pod(namespace, limit=1)
    except ApiException as error:
        if error.status not in NOT_YET_KNOWN:
            raise
        return False
    return True
