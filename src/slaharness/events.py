"""Names of the events that watching a Deployment stamps, by which verdicts on scaling find them."""

from collections.abc import Sequence

from slaharness.model import Event

#: Somebody began to want something, was first answered as asked, was turned away, stopped wanting.
WORK_ARRIVED, FIRST_SUCCESS, REFUSED, WORK_ENDED = "work arrived", "first success", "refused", "work ended"
#: Work began that goes on until ``WORK_ENDED``, whose detail is the number of requests answered as asked.
WORK_BEGAN = "work began"
#: The Deployment is to have its first pod; is to have none.
SCALER_ACTIVE, SENT_TO_SLEEP = "scaler active", "sent to sleep"
POD_CREATED, POD_SCHEDULED, POD_READY = OF_A_POD = ("pod created", "pod scheduled", "pod ready")
#: So many pods are ready now, in the detail.
READY = "pods ready"
#: A piece of work was accepted; is seen to be done (the piece's id in the detail); all were looked for.
ACCEPTED, DONE, LOOKED = "work accepted", "work done", "work looked for"
#: None is to be and none is there; and until when someone looked, at which ``namespace/deployment``.
ASLEEP, WATCHED_UNTIL = "asleep", "watched until"

#: From work to answer, in order.
STAGES = (WORK_ARRIVED, SCALER_ACTIVE, POD_CREATED, POD_SCHEDULED, POD_READY, FIRST_SUCCESS)


def last(events: Sequence[Event], name: str) -> Event | None:
    """The latest event of that name."""
    return max((event for event in events if event.name == name), key=lambda event: event.at, default=None)
