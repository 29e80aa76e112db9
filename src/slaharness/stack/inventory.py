"""What of a cluster is ours: an installation's id on each object, and a list of them, kept in the cluster.

Whatever is in a namespace of ours goes with it, so that the list holds namespaces and what stands outside of
them: definitions, roles, APIs. An object is ours by the uid that the list has of it; one whose uid was not
seen yet, as we were killed in between, by the id that it carries as a label and as an annotation. Nothing is
ours for a name, or for a label that others use.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import NOT_FOUND, Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import ClusterTrouble, StackTrouble

Object = Mapping[str, Any]

#: Where the list is: a namespace that every cluster has, and no stack of ours lives in. One list a stack.
NAMESPACE, NAME, KEY = "default", "slaharness-installation", "installation.json"
#: The id, on every object of the installation.
MARK = "slaharness.dev/installation"


@dataclass(frozen=True)
class Item:
    """An object of the installation; ``uid`` is "" until it was seen."""

    version: str
    kind: str
    name: str
    namespace: str = ""
    uid: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """As much of the object as a call of the API needs."""
        meta = {"name": self.name, "namespace": self.namespace, "uid": self.uid}
        return {
            "apiVersion": self.version,
            "kind": self.kind,
            "metadata": {key: value for key, value in meta.items() if value},
        }

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Inventory:
    """One installation of ``stack``: its id, its objects, and the profile or overlay it was made from."""

    id: str
    stack: str
    profile: str
    items: tuple[Item, ...] = ()

    def marked(self, body: Object) -> Object:
        """The object with the installation's id on it."""
        meta = body["metadata"]
        marks = {kind: {**(meta.get(kind) or {}), MARK: self.id} for kind in ("labels", "annotations")}
        return {**body, "metadata": {**meta, **marks}}

    def owns(self, item: Item, found: Object) -> bool:
        """Whether an object as it is in the cluster is that of the list, and not a later one of its name."""
        meta = found["metadata"]
        return bool(meta["uid"] == item.uid) if item.uid else self.made(found)

    def made(self, found: Object) -> bool:
        """Whether an object in the cluster bears the installation's id."""
        marks = (found["metadata"].get(kind) or {} for kind in ("labels", "annotations"))
        return all(mark.get(MARK) == self.id for mark in marks)

    def there(self, api: Api) -> list[Item]:
        """What of it is in the cluster, each with its uid; what only bears the name is not."""
        seen = ((item, api.get(item.body)) for item in self.items)
        return [
            replace(item, uid=found["metadata"]["uid"])
            for item, found in seen
            if found and self.owns(item, found)
        ]


def claim(cluster: ClusterInfo, stack: str, profile: str, objects: Iterable[Object]) -> Inventory:
    """Write down what is going to be applied, before it is. Nothing else is in its way then.

    Raises StackTrouble when something is there already that is not ours: it would be overwritten now, and
    deleted later.
    """
    api, objects = cluster.api(), list(objects)
    old = read(cluster, stack) or Inventory(uuid.uuid4().hex[:12], stack, profile)
    known = {replace(item, uid=""): item for item in old.items}
    wanted = [known.get(item, item) for item in _outside(objects)]
    for item in wanted:
        found = api.get(item.body)
        if found and not old.owns(item, found):
            raise StackTrouble(
                f"cluster {cluster.name} has {item} of its own, which the stack would take over and its "
                "removal delete: use another cluster, or a profile without it"
            )
    rest = [item for item in old.items if item not in wanted]
    made = replace(old, profile=profile, items=(*wanted, *rest))
    _write(api, made)
    return made


def seen(cluster: ClusterInfo, made: Inventory) -> None:
    """Write down the uids of what has been applied."""
    api = cluster.api()
    _write(api, replace(made, items=tuple(made.there(api))))


def forget(cluster: ClusterInfo, made: Inventory) -> None:
    """Take the list away: there is nothing of it any more."""
    cluster.api().delete([_body(made)])


def read(cluster: ClusterInfo, stack: str) -> Inventory | None:
    """The installation of the stack; None when there is none. Raises ClusterTrouble for a damaged list."""
    try:
        found: Any = cluster.api().core.read_namespaced_config_map(f"{NAME}-{stack}", NAMESPACE)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
        return None
    try:
        data = json.loads((found.data or {})[KEY])
        return Inventory(data["id"], stack, data["profile"], tuple(Item(**item) for item in data["items"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterTrouble(
            f"cluster {cluster.name}: ConfigMap {NAMESPACE}/{NAME}-{stack} is no list of what is ours: "
            f"{error!r}; put it right by hand"
        ) from error


def _item(body: Object) -> Item:
    meta = body["metadata"]
    return Item(
        body["apiVersion"], body["kind"], meta["name"], meta.get("namespace", ""), meta.get("uid", "")
    )


def _outside(objects: list[Object]) -> list[Item]:
    """Namespaces, and what is in none of them."""
    spaces = {body["metadata"]["name"] for body in objects if body["kind"] == "Namespace"}
    return [item for item in dict.fromkeys(map(_item, objects)) if item.namespace not in spaces]


def _write(api: Api, made: Inventory) -> None:
    api.apply([_body(made)])


def _body(made: Inventory) -> dict[str, Any]:
    labels = {"app.kubernetes.io/managed-by": "slaharness"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{NAME}-{made.stack}", "namespace": NAMESPACE, "labels": labels},
        "data": {KEY: json.dumps(asdict(made))},
    }
