"""Does a cluster answer, and are its nodes Ready? Asked over plain HTTPS, often, while it starts."""

from typing import Any

import requests

from slaharness.cluster.local.layout import Layout

#: Seconds for one answer of an API server on the same machine.
ANSWER_WITHIN = 2.0


def session(layout: Layout) -> requests.Session:
    """As the administrator, with the API server's certificate checked."""
    pki = layout.home / "pki"
    made = requests.Session()
    made.trust_env = False
    made.verify = str(pki / "servers-ca.crt")
    made.cert = (str(pki / "admin.crt"), str(pki / "admin.key"))
    return made


def get(api: requests.Session, layout: Layout, path: str) -> Any | None:
    """The answer's JSON; None when there is none, or it is not a yes."""
    try:
        answer = api.get(layout.server + path, timeout=ANSWER_WITHIN)
        if not answer.ok:
            return None
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text
    except (requests.RequestException, OSError):
        return None


def serving(api: requests.Session, layout: Layout) -> bool:
    """Whether the API server serves nodes and administrators: their rights do not rest on stored roles."""
    return get(api, layout, "/readyz?exclude=poststarthook/rbac/bootstrap-roles") == "ok"


def ready(api: requests.Session, layout: Layout) -> bool:
    """Whether the API server has finished starting: the roles of everybody else are there too."""
    return get(api, layout, "/readyz") == "ok"


def unready(api: requests.Session, layout: Layout) -> dict[str, str]:
    """The nodes of the plan that are not Ready, each with what it says about that."""
    found = get(api, layout, "/api/v1/nodes") or {"items": []}
    said = {item["metadata"]["name"]: _trouble(item) for item in found["items"]}
    states = {node.name: said.get(node.name, "not registered") for node in layout.nodes}
    return {name: trouble for name, trouble in states.items() if trouble}


def _trouble(item: dict[str, Any]) -> str:
    """Why a node is not Ready; "" when it is."""
    for condition in item["status"].get("conditions", []):
        if condition["type"] == "Ready":
            return "" if condition["status"] == "True" else condition.get("message", "not Ready")
    return "says nothing yet"


def healthy(layout: Layout) -> bool:
    """Whether the API server answers and every node of the plan is Ready."""
    if not layout.kubeconfig.exists():
        return False
    with session(layout) as api:
        return ready(api, layout) and not unready(api, layout)


def version(api: requests.Session, layout: Layout) -> str:
    """Of Kubernetes, like ``v1.34.4``; "" when the API server does not answer."""
    return str((get(api, layout, "/version") or {}).get("gitVersion", ""))
