"""Names of the events on a run's timeline, by which checks find them: each has one meaning and one writer."""

from collections.abc import Sequence

from slaharness.model import Event

# Of pods, stamped by the watch on the whole stack (``stack/watch/``); the detail is ``namespace/pod``.
POD_CREATED, POD_SCHEDULED, POD_READY = OF_A_POD = ("pod created", "pod scheduled", "pod ready")
POD_NOT_READY, POD_RESTARTED, POD_GONE = "pod not ready", "pod restarted", "pod gone"
# Of what else the stack is made of; the detail is ``namespace/kind/name`` (a node's name), and what changed.
WORKLOAD_CHANGED, SERVICE_CHANGED, POLICY_CHANGED, NODE_CHANGED = OF_THE_STACK = (
    "workload changed", "service changed", "network policy changed", "node changed",
)  # fmt: skip
#: What a fault may be seen to do.
EFFECTS = (POD_NOT_READY, POD_RESTARTED, POD_GONE, *OF_THE_STACK)
#: From here on nothing of one kind was seen any more; the detail says of which, and why.
WATCH_ENDED = "watch ended"

#: The API server's clock is not the harness's; the detail says how far it is off.
CLOCKS_APART = "clocks apart"

#: The stack was compared with how it was before; the detail says what differs.
WHOLE_AGAIN = "whole again"

#: What was stored was not read back; the detail says why.
NO_READBACK = "no readback"
#: A later stage began to be read, which the detail names; could not be: the detail says which, and why.
STAGE_READ, NO_STAGE = "stage read", "stage not read"

#: Kubernetes' events and the pods' logs were not had; the detail says why. No verdict rests on them.
NOT_TOLD = "cluster not told"

#: A fault's effect, stamped by the action that caused it; the detail names what it hit.
STRUCK = "struck"

# Of work, stamped by the actions that ask for it (``faults/scaling``).
#: A request was sent to a service without pods, was first answered as asked, was refused; no more are sent.
WORK_ARRIVED, FIRST_SUCCESS, REFUSED, WORK_ENDED = "work arrived", "first success", "refused", "work ended"
#: Work began that goes on until ``WORK_ENDED``, whose detail is the number of requests answered as asked.
WORK_BEGAN = "work began"
#: A piece of work was accepted; is seen to be done (the piece's id in the detail); all were looked for.
ACCEPTED, DONE, LOOKED = "work accepted", "work done", "work looked for"

# Of one Deployment, stamped by the watch of those actions (``faults/scaling/watch.py``).
#: The Deployment is to have its first pod; is to have none.
SCALER_ACTIVE, SENT_TO_SLEEP = "scaler active", "sent to sleep"
#: So many pods are ready now, in the detail.
PODS_READY = "pods ready"
#: None is to be and none is there; and until when it was watched, at which ``namespace/deployment``.
ASLEEP, WATCHED_UNTIL = "asleep", "watched until"

# Of backups and restores; what more there is to say is JSON in the detail.
BACKUP_BEGAN, BACKUP_FINISHED, BACKUP_FAILED = "backup began", "backup finished", "backup failed"
STORAGE_LOST = "storage lost"
RESTORE_BEGAN, RESTORE_FINISHED, RESTORE_FAILED = "restore began", "restore finished", "restore failed"
FIRST_VERIFIED_READ = "first verified read"

#: From work to answer, in order.
STAGES = (WORK_ARRIVED, SCALER_ACTIVE, POD_CREATED, POD_SCHEDULED, POD_READY, FIRST_SUCCESS)


def last(events: Sequence[Event], name: str) -> Event | None:
    """The latest event of that name."""
    return max((event for event in events if event.name == name), key=lambda event: event.at, default=None)
