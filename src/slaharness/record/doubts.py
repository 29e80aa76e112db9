"""Why nothing may be concluded from a run, whatever was measured in it. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import inf

from slaharness.events import EFFECTS, POD_GONE, STRUCK, WATCH_ENDED, WORKLOAD_CHANGED
from slaharness.model import (
    BASELINE,
    CONTROL,
    FAULT,
    RECOVERY,
    Event,
    FaultReport,
    Phase,
    Strike,
    Window,
    next_strike,
)
from slaharness.model.fault import COMPLETED
from slaharness.model.words import counted
from slaharness.record.run_record import RunRecord

#: Windows that follow each other; BACKUP may reach into FAULT.
IN_ORDER = ((BASELINE, FAULT), (BASELINE, CONTROL), (FAULT, RECOVERY))
#: Seconds that a window's length may be from what its scenario says: instants are kept as floats.
ROUNDED = 0.001


def doubts(record: RunRecord) -> Iterator[str]:
    """A fault is what was seen to happen inside its window."""
    told = dict.fromkeys((*record.problems, *(record.fault.problems if record.fault else ())))
    yield from told
    yield from _in_no_order(record)
    yield from _of_another_length(record)
    if not record.finished:
        yield "the run did not come to its end"
    elif missing := [one for one in _windows(record) if not (told or record.timeline.window(one))]:
        yield f"the record has no window {', '.join(missing)}, which every such run has"
    elif record.fault is None and record.control:
        return
    elif record.fault is None:
        yield "no fault was injected"
    elif (window := record.timeline.window(FAULT)) is None:
        yield f"the record has no window {FAULT}: the fault that it tells of belongs to another run"
    else:
        yield from _not_as_told(record.fault, window, ROUNDED if record.version else window.seconds)
        yield from _others_died(record.fault)
        yield from _nothing_told(record, record.fault)
        yield from _of_another(record, record.fault)
        yield from _outside(record.fault, window, record.timeline.events)
        yield from _seen_too_late(record.fault.strikes, window)
        yield from _outside_of_their_own(record, record.fault, window)
        yield from _without_effect(record.fault.strikes, window, record.timeline.events)


def doubt_over(record: RunRecord, phase: Phase) -> str:
    """Why nothing may be concluded over the window of one fault of several; "" of any other window."""
    window = record.timeline.window(phase)
    if phase.whole is phase or not record.fault:
        return ""
    named = {Phase.of_fault(name): strike for name, strike in record.fault.by_name.items()}
    if window is None or phase not in named:
        return f"the run has no window {phase}"
    own = named[phase]
    if together := [one.action for one in record.fault.strikes if one.at == own.at and one is not own]:
        return (
            f"action {together[0]!r} struck at the same instant, so nobody knows what each of them did; "
            f"ask over {FAULT}"
        )
    under_way = [one.action for one in record.fault.strikes if one.at < own.at < one.ended]
    under_way += [own.action] if next_strike(record.fault.strikes, own.at, inf) < own.ended else []
    if under_way:
        return (
            f"action {under_way[0]!r} was still under way when the next one struck, so nobody knows what "
            f"each of them did; ask over {FAULT}"
        )
    return next(_without_effect([own], window, record.timeline.events), "")


def _windows(record: RunRecord) -> Sequence[Phase]:
    """Those that a finished run of that format has."""
    if not record.version:
        return ()
    return (BASELINE, CONTROL) if record.control else (BASELINE, FAULT, RECOVERY)


def _in_no_order(record: RunRecord) -> Iterator[str]:
    """A calm that lasted into the fault is none: the harness's clock was set, or it is another run's."""
    for phase, times in Counter(one.phase for one in record.timeline.windows).items():
        if times > 1:
            yield f"the record has {times} windows {phase}"
    for earlier, later in IN_ORDER if record.version else ():
        before, after = record.timeline.window(earlier), record.timeline.window(later)
        if before and after and after.start < before.end:
            yield (
                f"{later} began {before.end - after.start:.1f} s before {earlier} had ended: the "
                "harness's clock was set, or one of them is another run's"
            )
    fault, after = record.timeline.window(FAULT), record.timeline.window(RECOVERY)
    if record.version and fault and after and after.start > fault.end + ROUNDED:
        late = after.start - fault.end
        yield f"{RECOVERY} began {late:.1f} s after {FAULT} had ended: nobody watched meanwhile"


def _of_another_length(record: RunRecord) -> Iterator[str]:
    """A run lets each window pass for exactly as long as its scenario says; a backup takes what it takes."""
    asked = record.scenario
    lengths = {BASELINE: asked.baseline, FAULT: asked.fault, CONTROL: asked.fault, RECOVERY: asked.recovery}
    for window in record.timeline.windows if record.version else ():
        wanted = lengths.get(window.phase, window.seconds)
        if abs(window.seconds - wanted) > ROUNDED:
            yield f"{window.phase} is {window.seconds:g} s long, and its scenario says {wanted:g} s"


def _nothing_told(record: RunRecord, fault: FaultReport) -> Iterator[str]:
    """A fault that names nothing: of older records it was not told."""
    if record.version and not (fault.strikes or fault.matched or fault.died or fault.events):
        yield "the record tells of no strike, nothing that was hit and no event: no fault was seen to happen"


def _of_another(record: RunRecord, fault: FaultReport) -> Iterator[str]:
    """Where what is told of the fault cannot be of this run: of older records it was not asked."""
    if not record.version:
        return
    if fault.experiment != record.scenario.experiment:
        yield f"the fault is of {fault.experiment}, and the run of {record.scenario.experiment}"
    if fault.status != COMPLETED and fault.afterwards is None:
        yield f"the experiment ended {fault.status!r}, not {COMPLETED!r}"
    proven = [one.action for one in fault.strikes if one.proven]
    if len(proven) > len(fault.matched):  # each brought its own proof of what it hit
        yield f"{', '.join(proven)}: with proof of what was hit, which is told of {len(fault.matched)}"


def _outside_of_their_own(record: RunRecord, fault: FaultReport, whole: Window) -> Iterator[str]:
    """Of several faults each has to strike in its own window; older records have only the whole."""
    several = record.version and len(fault.strikes) > 1
    told = {one.phase: one for one in fault.windows(whole)}
    for name, strike in fault.by_name.items() if several else ():
        own = record.timeline.window(Phase.of_fault(name))
        if own is None and strike.at <= whole.end:
            yield f"{name}: the record has no window of its own for it"
        elif own and not own.start <= strike.at <= own.end:
            yield f"{name}: struck {strike.at - own.start:.1f} s from where its own window begins"
        elif own and (wanted := told.get(own.phase)) and _differ(own, wanted):
            yield (
                f"{name}: its own window is {own.seconds:g} s long, and from its strike to the next one, or "
                f"to the end of {FAULT}, it is {wanted.seconds:g} s"
            )


def _differ(one: Window, other: Window) -> bool:
    return abs(one.start - other.start) > ROUNDED or abs(one.end - other.end) > ROUNDED


def _not_as_told(fault: FaultReport, window: Window, apart: float) -> Iterator[str]:
    """What cannot be of a fault that was told of as it happened: its window begins with it."""
    if not -ROUNDED <= fault.started - window.start <= apart:
        where = "" if window.start <= fault.started <= window.end else ", outside of it"
        yield f"the fault began {fault.started - window.start:.1f} s from where {FAULT} does{where}"
    if len(fault.died) < len(fault.matched):
        yield f"{len(fault.matched)} matched, {len(fault.died)} died"


def _others_died(fault: FaultReport) -> Iterator[str]:
    """As many as were hit, and not the same: that is no proof of what was hit."""
    hit = Counter(one.partition(" on ")[0] for one in fault.matched)
    if len(fault.died) >= len(fault.matched) and (alive := sorted(hit - Counter(fault.died))):
        yield f"{', '.join(alive)} was hit and not seen to die, {', '.join(fault.died)} was"


def _seen_too_late(strikes: Sequence[Strike], window: Window) -> Iterator[str]:
    """An action of ours ends when it has seen its effect: whatever came before, nobody saw it inside."""
    for one in strikes:
        if one.proven and one.at <= window.end < one.ended:
            yield (
                f"{one.action}: its effect was seen only {one.ended - window.end:.1f} s after {FAULT} had "
                "ended; make its window longer"
            )


def _outside(fault: FaultReport, window: Window, events: Sequence[Event]) -> Iterator[str]:
    """A strike before or behind the window is measured by nobody."""
    told = [(one.at, one.detail) for one in events if one.name == STRUCK]
    for at, what in sorted({*told, *((one.at, one.action) for one in fault.strikes)}):
        if at < window.start:
            yield f"{what}: struck {window.start - at:.1f} s before FAULT began"
        elif at > window.end:
            yield f"{what}: struck {at - window.end:.1f} s after FAULT had ended; make its window longer"


def _without_effect(strikes: Sequence[Strike], window: Window, events: Sequence[Event]) -> Iterator[str]:
    """An action that brings no proof has done what was seen to change, from its strike to the next one."""
    for strike in strikes:
        until = window.end if strike.hit else min(next_strike(strikes, strike.at, inf), window.end)
        seen = [one for one in events if one.name in EFFECTS and strike.at <= one.at <= until]
        if not strike.proven and (doubt := _unseen(strike, seen)):
            blind = [one.detail for one in events if one.name == WATCH_ENDED and one.at <= until]
            yield f"action {strike.action!r}: {'; '.join([doubt, *(f'not watched: {why}' for why in blind)])}"


def _unseen(strike: Strike, seen: Sequence[Event]) -> str:
    """What should have been seen of it, and was not; "" when it was.

    Of one that names nothing that it hit, a pod that goes is no effect: where it served, it was not ready
    any more before, and pods of Jobs go by themselves.
    """
    here = [one for one in seen if one.detail.startswith(f"{strike.namespace}/" if strike.namespace else "")]
    here = [one for one in here if strike.hit or one.name != POD_GONE]
    if not here:
        return "no effect was seen"
    if strike.pods is not None and len(strike.hit) < strike.pods:
        return f"{counted(strike.pods, 'pod was', 'pods were')} asked for, and it hit {len(strike.hit)}"
    missing = [name for name in strike.hit if not any(_names(one, name) for one in here)]
    if missing:
        return f"no effect was seen on {', '.join(missing)}, {len(missing)} of {len(strike.hit)} that it hit"
    hit = [one for one in here if not strike.hit or any(_names(one, name) for name in strike.hit)]
    sized = [one.detail for one in hit if one.name == WORKLOAD_CHANGED]
    if strike.replicas is not None and not any(
        f"wants {counted(strike.replicas, 'pod')}" in one for one in sized
    ):
        return f"{counted(strike.replicas, 'replica was', 'replicas were')} asked for and not seen"
    return ""


def _names(event: Event, name: str) -> bool:
    """Whether the event is of an object of that name."""
    return event.detail.partition(":")[0].rpartition("/")[2] == name
