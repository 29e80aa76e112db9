"""Where faults may strike, and as whom: fail-closed, checked before anything is changed."""

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

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
#: All that faults may do, in the target namespaces only, and what activities of some modules may beside it.
RULES: list[Manifest] = [
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "delete"]},
    {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
]  # fmt: skip
#: To have a Job done: it is made, watched, and taken away.
JOBS: list[Manifest] = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "create", "delete"]},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
]
MORE: Mapping[str, list[Manifest]] = {
    "slaharness.faults.backup.jobs": [
        {"apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": ["get"]},
        *JOBS,
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["list"]},
    ],
    "slaharness.faults.backup.statements": JOBS,
    "slaharness.faults.backup.storage": [
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["create", "delete"]},
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "list", "delete"]},
    ],
    "slaharness.faults.scaling.actions": [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["watch"]},
        {"apiGroups": [""], "resources": ["services/proxy"], "verbs": ["get", "create"]},
    ],
}
#: Volumes belong to no namespace. Whoever makes them go has to see that they are gone.
EVERYWHERE: Mapping[str, list[Manifest]] = {
    "slaharness.faults.backup.storage": [
        {"apiGroups": [""], "resources": ["persistentvolumes"], "verbs": ["get"]},
    ],
}
NOT_FOUND = 404
NOT_YET_KNOWN = (401, 403)


def allow(api: "Api", namespaces: Sequence[str]) -> None:
    """Raise NotAllowed unless each of at least one namespace exists and carries the label."""
    if not namespaces:
        raise NotAllowed(
            "the experiment names no namespace, so its faults cannot be kept to one: name it in each action"
        )
    for namespace in namespaces:
        permit(api.core, namespace)


def permit(core: client.CoreV1Api, namespace: str) -> None:
    """Raise NotAllowed unless faults may touch ``namespace``."""
    try:
        found: Any = core.read_namespace(namespace)
    except ApiException as error:
        if error.status == NOT_FOUND:
            raise NotAllowed(f"namespace {namespace} does not exist: `kubectl get namespaces`") from error
        raise NotAllowed(f"namespace {namespace} cannot be read: {error.status} {error.reason}") from error
    if (found.metadata.labels or {}).get(LABEL) != ALLOWED:
        raise NotAllowed(
            f"namespace {namespace} is not labelled {LABEL}={ALLOWED}, so no fault may touch it: "
            f"`kubectl label namespace {namespace} {LABEL}={ALLOWED}` if it may"
        )


@contextmanager
def access(
    cluster: "ClusterInfo", namespaces: Sequence[str], journal: undo.Journal, *, modules: Iterable[str] = ()
) -> Iterator[Path]:
    """Yield a kubeconfig that can do no more than faults in ``namespaces`` need; remove all of it again.

    Activities of ``modules`` may do what is theirs beside it.

    Raises NotAllowed before anything is made, ClusterTrouble when the account does not come to work.
    """
    api = cluster.api()
    allow(api, namespaces)
    name = f"{ACCOUNT}-{secrets.token_hex(3)}"
    objects, file = account(name, namespaces, modules), paths.STATE / "access" / f"{name}.kubeconfig"
    entry = undo.objects("ServiceAccount of the fault", cluster, objects, [file])
    with journal.effect(entry, _account(api, objects, file)):
        yield file


def account(name: str, namespaces: Sequence[str], modules: Iterable[str] = ()) -> list[Manifest]:
    """ServiceAccount ``name`` in the first namespace, and in each one a Role and its binding."""
    home, ours = namespaces[0], sorted(modules)
    rules = [*RULES, *(rule for one in ours for rule in MORE.get(one, ()))]
    subject = {"kind": "ServiceAccount", "name": name, "namespace": home}
    made = [_object("v1", "ServiceAccount", name, home)]
    for namespace in namespaces:
        role = _object(f"{RBAC}/v1", "Role", name, namespace)
        bound = _object(f"{RBAC}/v1", "RoleBinding", name, namespace)
        reference = {"apiGroup": RBAC, "kind": "Role", "name": name}
        made += [{**role, "rules": rules}, {**bound, "roleRef": reference, "subjects": [subject]}]
    if everywhere := [rule for one in ours for rule in EVERYWHERE.get(one, ())]:
        role, bound = (_object(f"{RBAC}/v1", kind, name) for kind in ("ClusterRole", "ClusterRoleBinding"))
        reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
        made += [{**role, "rules": everywhere}, {**bound, "roleRef": reference, "subjects": [subject]}]
    return made


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
        "clusters": [{"name": name, "cluster": _server(api.client.configuration)}],
        "users": [{"name": name, "user": {"token": answer.status.token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
    }


def _server(conf: client.Configuration) -> Manifest:
    server: Manifest = {"server": conf.host}
    if not conf.verify_ssl:
        server["insecure-skip-tls-verify"] = True
    elif conf.ssl_ca_cert:
        authority = Path(conf.ssl_ca_cert).read_bytes()
        server["certificate-authority-data"] = base64.b64encode(authority).decode()
    if conf.tls_server_name:
        server["tls-server-name"] = conf.tls_server_name
    return server


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


def _counts(core: client.CoreV1Api, namespace: str) -> bool:
    try:
        core.list_namespaced_pod(namespace, limit=1)
    except ApiException as error:
        if error.status not in NOT_YET_KNOWN:
            raise
        return False
    return True
