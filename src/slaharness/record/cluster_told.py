"""What the cluster told of the fault, kept for readers: no verdict rests on it."""

from slaharness.cluster.api import Api
from slaharness.errors import HarnessError
from slaharness.events import NOT_TOLD
from slaharness.host.unreachable import why
from slaharness.model import CONTROL, FAULT
from slaharness.record.recorder import RunRecorder
from slaharness.stack import told
from slaharness.stack.protocol import Stack


def keep(stack: Stack, api: Api, recorder: RunRecorder) -> None:
    """Save Kubernetes' events and the pods' logs of FAULT. Where they cannot be had, an event says why."""
    timeline, store = recorder.record.timeline, recorder.store
    window = timeline.window(FAULT) or timeline.window(CONTROL)
    if window is None:
        return
    with recorder.stage("Cluster: its events, the pods' logs"):
        try:
            store.save_told(told.events(api, stack.namespaces, window))
            told.save_logs(api, stack.namespaces, window, store.pod_logs)
        except HarnessError as error:
            recorder.event(NOT_TOLD, why(error))
