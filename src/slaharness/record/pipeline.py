"""What the stages after the database hold, read once the load has ended: again until nothing is missing."""

import time
from functools import partial

from slaharness.cluster.api import Api
from slaharness.errors import HarnessError, NotYet, RecordTrouble
from slaharness.events import NO_STAGE
from slaharness.host import wait
from slaharness.ledger import checker, ledger, readback, rows
from slaharness.model import Columns, with_arrival
from slaharness.record.recorder import RunRecorder
from slaharness.record.store import RecordStore
from slaharness.stack.protocol import Deriving, Pipelined, Stack

#: Seconds after which a stage that still lacks something is taken as it is; for one reading; between two.
WITHIN, READING, EVERY = 120.0, 60.0, 2.0


def keep(stack: Stack, api: Api, recorder: RunRecorder) -> None:
    """Save what each stage holds. One that cannot be read is an event that says why, for its verdicts."""
    if not isinstance(stack, Pipelined):
        return
    for name, columns in stack.pipeline(api).items():
        with recorder.stage(f"Ledger: reading back what came to {name}") as now:
            try:
                _keep_due(stack, name, recorder.store)
                wait.until(
                    partial(_complete, stack, api, name, columns, recorder),
                    within=WITHIN, every=EVERY, what=f"all that was acknowledged has come to {name}",
                    say=now.say,
                )  # fmt: skip
            except NotYet as error:
                now.say(str(error))  # its verdicts tell what is missing
            except HarnessError as error:
                recorder.event(NO_STAGE, f"{name} could not be read: {error}")


def _keep_due(stack: Pipelined, name: str, store: RecordStore) -> None:
    """Save what has to come to the stage, where that follows from what was written by a rule of the stack.

    So the record tells it to whoever judges it later, by the rule of its own day.
    """
    if not isinstance(stack, Deriving):
        return
    try:
        if (due := stack.due(name, ledger.words(store.ledger))) is not None:
            ledger.save(store.due(name), due)
    except HarnessError:
        raise
    except Exception as error:  # a rule that meets what it was not made for
        why = f"what is due there cannot be told of this ledger: {type(error).__name__}: {error}"
        raise RecordTrouble(why) from error


def _complete(stack: Pipelined, api: Api, name: str, columns: Columns, recorder: RunRecorder) -> bool:
    """Read the stage once; whether all is there that has to be."""
    file, wider, began = recorder.store.stage(name), with_arrival(columns), time.time()
    readback.whole(partial(stack.read_stage, api, name), file, wider, within=READING)
    recorder.passed_to(name, columns, began)
    written = ledger.load(recorder.store.held_against(name), columns)
    held = checker.check(written, rows.read(file, wider))
    return not (held.lost or held.resurrected)  # a withdrawal is on its way as a write is
