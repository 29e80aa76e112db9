"""``declare.py FILE…``: make what JSON files say that there is to be in Pulsar, once Pulsar serves.

The work of a Kubernetes Job, which may be repeated. Subscriptions are made with their topic, before anybody
sends anything: what comes before a subscription is not kept for it. Environment: PULSAR (its web address),
PULSAR_AUTHORITY (a file of authorities, PEM, by which it is verified where that is https), TOKEN (a file),
CLUSTER (Pulsar's name for itself).
"""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

#: Seconds for Pulsar to serve, and for one answer.
SERVES, ANSWER = 600.0, 20.0
CONFLICT = 409


class Admin:
    """Pulsar's own REST interface."""

    def __init__(self, url: str, token: str, authority: str = "") -> None:
        self._url, self._token = url, token
        self._trust = ssl.create_default_context(cafile=authority or None)

    def serves(self, cluster: str) -> bool:
        """Whether it passes messages on, and knows itself by its name, which comes a little later."""
        try:
            self.ask("GET", "brokers/health")
            return cluster in json.loads(self.ask("GET", "clusters"))
        except (urllib.error.URLError, OSError):
            return False

    def make(self, path: str, body: Any = None) -> None:
        """Make something that may be there already."""
        try:
            self.ask("PUT", path, body)
        except urllib.error.HTTPError as error:
            if error.code != CONFLICT:
                raise

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """Raise HTTPError for whatever is no success."""
        request = urllib.request.Request(  # noqa: S310 - the cluster's own
            f"{self._url}/admin/v2/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=ANSWER, context=self._trust) as answer:  # noqa: S310
            return bytes(answer.read())


def declare(admin: Admin, cluster: str, wanted: dict[str, Any]) -> None:
    """Tenant, then namespace with its rules, then topics, each with its own and its subscriptions."""
    tenant, space = wanted["namespace"].split("/")
    admin.make(f"tenants/{tenant}", {"allowedClusters": [cluster], "adminRoles": []})
    admin.make(f"namespaces/{tenant}/{space}")
    at = f"{tenant}/{space}"
    if keep := wanted.get("retention"):
        admin.ask("POST", f"namespaces/{at}/retention", _kept(keep))
    if full := wanted.get("backlog"):
        quota = {"limitSize": full["mebibytes"] * 2**20, "policy": full["policy"]}
        admin.ask("POST", f"namespaces/{at}/backlogQuota?backlogQuotaType=destination_storage", quota)
    for role, may in wanted["roles"].items():
        admin.ask("POST", f"namespaces/{at}/permissions/{role}", may)
    for topic, says in wanted["topics"].items():
        _topic(admin, f"{at}/{topic}", says)


def _topic(admin: Admin, name: str, says: dict[str, Any]) -> None:
    admin.make(f"persistent/{name}")
    if record := says.get("schema"):
        admin.ask(
            "POST", f"schemas/{name}/schema", {"type": "JSON", "schema": json.dumps(record), "properties": {}}
        )
    if keep := says.get("retention"):
        admin.ask("POST", f"persistent/{name}/retention", _kept(keep))
    for subscription in says.get("subscriptions", ()):
        admin.make(f"persistent/{name}/subscription/{subscription}")


def _kept(said: dict[str, int]) -> dict[str, int]:
    """For how long, and how much of it; -1 is without an end."""
    return {"retentionTimeInMinutes": said["minutes"], "retentionSizeInMB": said["mebibytes"]}


def main() -> None:
    """Wait, make, say how many."""
    token = Path(os.environ["TOKEN"]).read_text().strip()
    admin = Admin(os.environ["PULSAR"], token, os.environ.get("PULSAR_AUTHORITY", ""))
    files = [json.loads(Path(file).read_text()) for file in sys.argv[1:]]
    deadline = time.monotonic() + SERVES
    while not admin.serves(os.environ["CLUSTER"]):
        if time.monotonic() > deadline:
            sys.exit(f"waited {SERVES:g} s until Pulsar serves")
        time.sleep(0.5)
    try:
        for wanted in files:
            declare(admin, os.environ["CLUSTER"], wanted)
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.url}: {error.code} {error.read().decode(errors='replace')[:300]}")
    print(f"{len({topic for wanted in files for topic in wanted['topics']})} topics are there")  # noqa: T201


if __name__ == "__main__":
    main()
