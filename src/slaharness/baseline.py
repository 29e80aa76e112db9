"""BASELINE: a stack that misses an objective with no fault is not one to break."""

import time
from collections.abc import Mapping

from slaharness.metrics.source import Meter
from slaharness.model import BASELINE, Objective, Outcome, SourceType, Window
from slaharness.objectives.judge import judge
from slaharness.record.recorder import RunRecorder

#: How many stretches may pass until one is calm. Programs that were started a minute ago are slow, and have
#: yet to compile what they do; a stack that is not calm at the third is not one that has yet to warm up.
STRETCHES = 3


def held(objectives: Mapping[str, Objective], prometheus: Meter, recorder: RunRecorder) -> None:
    """Let BASELINE pass: the first stretch in which every objective was met, or the last one, with why not.

    Those before it are told as events: their requests stand in the ledger, and in no window.
    """
    seconds = recorder.record.scenario.baseline
    with recorder.stage(f"{BASELINE}: {seconds:g} s without a fault") as now:
        for left in reversed(range(STRETCHES)):
            window = recorder.passing(BASELINE, time.time(), seconds)
            prometheus.settle(window.end)
            missed = _missed(objectives, prometheus, window)
            if not missed or not left:
                break
            recorder.event("not calm yet", "; ".join(missed))
            now.say(f"not calm yet, once more: {missed[0]}")
        recorder.window(window)
    for line in missed:
        recorder.problem(f"before any fault: {line}")


def _missed(objectives: Mapping[str, Objective], prometheus: Meter, window: Window) -> list[str]:
    """What is not MET, in words.

    Of objectives about another load, or parts of another stack, there is nothing to count: whoever asks them
    is told UNKNOWN. Where there is nothing to count at all, nobody knows how the stack is.
    """
    verdicts, own = [], []
    for objective in objectives.values():
        if objective.source is not SourceType.LEDGER:
            measured = prometheus.measure(objective, window)
            verdicts.append(judge(objective, measured))
            if not measured.no_data or verdicts[-1].outcome is not Outcome.UNKNOWN:
                own.append(verdicts[-1])
    return [str(verdict) for verdict in own or verdicts if verdict.outcome is not Outcome.MET]
