"""The action ``restore_backup``: a backup is restored now, by the stack's own CronJob.

A restore that fails is no trouble of the experiment's but an answer: it is stamped as an event, and judged.
"""

import time
from typing import Annotated, Any

from pydantic import Field, validate_call

from slaharness.chaos.arguments import Limit, Name
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.faults.backup import claims, cronjob
from slaharness.faults.backup import statefulset as statefulsets
from slaharness.faults.backup.job import event, outcomes

__all__ = ["restore_backup"]


@fault(
    rights={
        "cronjobs.batch": "get",
        "jobs.batch": "get create delete",
        "pods": "list",
        "pods/log": "get",
        "persistentvolumeclaims": "list",
        "statefulsets.apps": "create",
    },
    target="cronjobs",
)
@validate_call(config={"strict": True})
def restore_backup(
    *,
    namespace: Name,
    statefulset: Name,
    name: Name = "restore",
    older: Annotated[int, Field(ge=0)] = 0,
    members: Annotated[int, Field(ge=1)] | None = None,
    members_variable: str = "",
    within: Limit = 600.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Put back a lost ``statefulset``, and restore a backup into it by CronJob ``name``.

    It is the last one that the experiment took, or as many before that as ``older`` says; the latest in the
    store when it took none. ``members`` is another number of pods than were lost, which find it in their
    environment as ``members_variable``.

    Returns the events ``restore began``, ``restore under way``, ``restore failed`` for each try that did,
    ``restore finished`` and ``first verified read``. Raises as ``take_backup`` does.
    """
    api = core(secrets)
    permit(api, namespace)
    began, wanted = time.time(), cronjob.taken[-1 - older] if cronjob.taken else ""
    statefulsets.put_back(api, namespace, statefulset, members, members_variable)
    job = cronjob.run_now(api, namespace, name, {cronjob.BACKUP: wanted} if wanted else {}, within)
    events = [event(began, "restore began", wanted), *outcomes(job, "restore", within)]
    if job.outcome:
        outcome = {key: job.outcome[key] for key in ("name", "bytes", "tables")}
        outcome["claims"] = claims.there(api, namespace)
        events.append(event(job.outcome["loaded"], "restore finished", outcome))
        if read := job.outcome.get("read"):
            events.append(event(read, "first verified read"))
    return {"events": events}
