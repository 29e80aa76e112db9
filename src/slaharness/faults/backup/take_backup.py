"""The action ``take_backup``: a backup is taken now, by the stack's own CronJob.

A backup that fails is no trouble of the experiment's but an answer: it is stamped as an event, and judged.
"""

import time
from typing import Any

from pydantic import validate_call

from slaharness.chaos.arguments import Limit, Name
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.faults.backup import cronjob
from slaharness.faults.backup.job import event, outcomes

__all__ = ["take_backup"]


@fault(
    rights={
        "cronjobs.batch": "get",
        "jobs.batch": "get create delete",
        "pods": "list",
        "pods/log": "get",
    },
    target="cronjobs",
)
@validate_call(config={"strict": True})
def take_backup(
    *, namespace: Name, name: Name = "backup", within: Limit = 300.0, secrets: Secrets = None
) -> dict[str, Any]:
    """Take a backup now, by CronJob ``name``, and wait at most ``within`` seconds for it.

    Returns the events ``backup began``, ``backup under way``, ``backup failed`` for each try that did, and
    ``backup finished``.
    Raises when the namespace is not allowed or there is no such CronJob.
    """
    api = core(secrets)
    permit(api, namespace)
    began = time.time()
    job = cronjob.run_now(api, namespace, name, {}, within)
    events = [event(began, "backup began", job.name), *outcomes(job, "backup", within)]
    if job.outcome:
        outcome = {key: job.outcome[key] for key in ("name", "bytes", "objects", "uploaded", "tables")}
        events.append(event(job.outcome["finished"], "backup finished", outcome))
        cronjob.taken.append(outcome["name"])
    return {"events": events}
