"""The action ``put_back_statefulset``: makes again what ``lose_storage`` took away, without the data."""

from typing import Any

from pydantic import validate_call

from slaharness.chaos.arguments import Name
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.faults.backup import statefulset

__all__ = ["put_back_statefulset"]


@fault(rights={"statefulsets.apps": "create"}, target="statefulsets")
@validate_call(config={"strict": True})
def put_back_statefulset(*, namespace: Name, name: Name, secrets: Secrets = None) -> dict[str, Any]:
    """Make StatefulSet ``name`` again, as it was when ``lose_storage`` removed it, unless it is there."""
    api = core(secrets)
    permit(api, namespace)
    statefulset.put_back(api, namespace, name)
    return {}
