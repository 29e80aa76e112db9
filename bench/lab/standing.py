"""How a local cluster stands: all that its API server holds, and all that is of it on this machine.

Of pods, which come and go, only whose they are; of nobody's interest is what the cluster notes of itself.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from slaharness.cluster.api import Api
from slaharness.cluster.local import processes, teardown
from slaharness.cluster.session import Session
from slaharness.host import paths

#: Notes of the cluster on itself, that change from second to second.
NOTES = {"events", "componentstatuses", "endpoints", "endpointslices"}
BEATS = ("kube-node-lease", "kube-system")
#: What the server writes of an object, beside what was asked for.
WRITTEN = ("resourceVersion", "managedFields", "generation")
#: Names that are drawn by lot.
DRAWN = re.compile(r"[0-9a-f]{8}[0-9a-f_-]{4,}")


def whole(api: Api, name: str, scratch: Path) -> Counter[str]:
    """Cluster and host, a line each with how often it is there. ``scratch`` is the harness's own folder."""
    return Counter([*_content(api), *_host(name, scratch), *_files(api, name, scratch)])


def differences(before: Counter[str], after: Counter[str]) -> list[str]:
    """What is there and was not, and what was and is not."""
    return [*(f"+ {line}" for line in (after - before)), *(f"- {line}" for line in (before - after))]


def _content(api: Api) -> Iterator[str]:
    host, session = api.client.configuration.host, Session(api.client)

    def get(path: str) -> Any:
        answer = session.get(f"{host}{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    groups = [one["preferredVersion"]["groupVersion"] for one in get("/apis")["groups"]]
    for at in ["/api/v1", *(f"/apis/{group}" for group in groups)]:
        for kind in get(at)["resources"]:
            if "list" in kind["verbs"] and "/" not in kind["name"] and kind["name"] not in NOTES:
                for one in get(f"{at}/{kind['name']}")["items"]:
                    yield from _line(kind["name"], one)


def _line(kind: str, one: dict[str, Any]) -> Iterator[str]:
    meta = one["metadata"]
    place = f"{kind} {meta.get('namespace', '')}/{meta['name']}"
    if kind == "leases" and meta["namespace"] in BEATS:
        return
    if kind == "pods":
        owner = (meta.get("ownerReferences") or [{"kind": "nobody", "name": meta["name"]}])[0]
        ready = [c["status"] for c in one["status"].get("conditions", ()) if c["type"] == "Ready"]
        yield f"pod of {meta['namespace']}/{owner['kind']}/{owner['name']}, ready {''.join(ready)}"
        return
    kept = {key: value for key, value in meta.items() if key not in WRITTEN}
    asked = {**{key: value for key, value in one.items() if key != "status"}, "metadata": kept}
    yield f"{place} {hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]}"


def _host(name: str, scratch: Path) -> Iterator[str]:
    """Mounts, links, routes, cgroups, folders; processes by program; namespaces by number."""
    yield from (DRAWN.sub("*", line) for line in teardown.residue(name) if not line.startswith("process"))
    found = processes.find(name)
    yield from (f"process {one.part} {one.program}" for one in found)
    yield from (f"network namespace {at}" for at, _ in enumerate({_space(one.pid) for one in found} - {""}))
    yield from (f"process of the harness: {' '.join(one)}" for one in _inside(scratch))


def _files(api: Api, name: str, scratch: Path) -> Iterator[str]:
    """What is temporary; and what is about this cluster in the state folder, which others share."""
    yield from (f"file {file}" for file in (scratch / "tmp").iterdir())
    about = (str(api.client.configuration.host), f"/clusters/{name}/")
    for file in (*(paths.STATE / "undo").glob("*.json"), *(paths.STATE / "access").glob("*")):
        with suppress(FileNotFoundError):
            if any(word in file.read_text() for word in about):
                yield f"file {file}"


def _space(pid: int) -> str:
    with suppress(OSError):
        return str(Path(f"/proc/{pid}/ns/net").readlink())
    return ""


def _inside(folder: Path) -> Iterator[list[str]]:
    """Command lines of what works in a folder."""
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(one.cwd()).is_relative_to(folder):
                yield one.cmdline()[:4]
