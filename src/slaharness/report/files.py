"""What a judged run leaves for readers, in its record: pictures, the page, and the run as Allure reads it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from rich.table import Table

from slaharness.errors import RecordTrouble
from slaharness.events import POD_CREATED, POD_GONE, POD_NOT_READY, POD_RESTARTED
from slaharness.ledger import ledger
from slaharness.model import Measurement, Outcome, Verdict
from slaharness.record.store import RecordStore
from slaharness.record.trends import trend
from slaharness.report.allure import write_result
from slaharness.report.page import render_page
from slaharness.report.plots.budget import draw_budget
from slaharness.report.plots.heatmap import draw_heatmap
from slaharness.report.plots.pods import draw_pods
from slaharness.report.plots.requests import draw_requests
from slaharness.report.plots.times import draw_times
from slaharness.report.trends import proof, runs_until, sentences

#: What changes a pod, so that people ask for its log; lines of each container, and characters of all.
OF_CHANGED_PODS = {POD_CREATED, POD_NOT_READY, POD_RESTARTED, POD_GONE}
LINES, LOGS = 100, 200_000


def write_files(store: RecordStore, verdicts: Sequence[Verdict], tables: Sequence[Table]) -> None:
    """Write them anew, also of an old record; ``tables`` go into the page below its pictures."""
    pictures = dict(_pictures(store, verdicts))
    for name, picture in pictures.items():
        if picture:
            (store.folder / name).write_text(picture, "utf-8", "replace")
        else:  # what an earlier judging left says what is no more
            (store.folder / name).unlink(missing_ok=True)
    _write_logs(store)
    until = runs_until(store)
    proven = proof(until, verdicts, _measured(store))
    earlier = list(sentences(trend(until))) if until else []
    page = render_page(store, verdicts, list(pictures.values()), tables, earlier=earlier, proof=proven)
    store.page.write_text(page, "utf-8", "replace")
    write_result(store, verdicts, proven)


def _write_logs(store: RecordStore) -> None:
    """One text of what the pods that changed in the fault had logged, the last lines of each container."""
    changed = {one.detail for one in store.record().timeline.events if one.name in OF_CHANGED_PODS}
    logs = [
        file
        for file in sorted(store.pod_logs.glob("*/*/*.log"))
        if f"{file.parent.parent.name}/{file.parent.name}" in changed
    ]
    text = "\n".join(map(_last_lines, logs))
    if text:
        store.changed_logs.write_text(text[:LOGS], "utf-8", "replace")


def _last_lines(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").splitlines()[-LINES:]
    return "\n".join([f"== {log.parent.parent.name}/{log.parent.name}, {log.stem}", *lines, ""])


def _pictures(store: RecordStore, verdicts: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    """By file, "" for one that there is nothing of. Of a broken record only what can be known."""
    timeline = store.record().timeline
    with suppress(RecordTrouble):  # without a ledger nobody knows what users saw; the verdicts say so
        seen = ledger.load(store.ledger)
        yield "requests.svg", draw_requests(seen, timeline)
        yield "latency.svg", draw_heatmap(seen, timeline)
    yield "pods.svg", draw_pods(timeline)
    yield "times.svg", draw_times(verdicts)
    asked = {(one.objective, one.phase) for one in verdicts if one.outcome is not Outcome.UNKNOWN}
    with suppress(RecordTrouble):
        measured = [one for one in _measured(store) if (one.objective, one.phase) in asked]
        yield "budget.svg", draw_budget(store.objectives(), measured)


def _measured(store: RecordStore) -> Sequence[Measurement]:
    """Nothing of a broken record."""
    with suppress(RecordTrouble):
        return store.measurements()
    return ()
