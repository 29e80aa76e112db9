"""What a judged run leaves for readers, in its record: pictures, the page, and the run as Allure reads it."""

from collections.abc import Sequence
from contextlib import suppress

from rich.table import Table

from slaharness.errors import RecordTrouble
from slaharness.ledger import ledger
from slaharness.model import Verdict
from slaharness.record.store import RecordStore
from slaharness.report.allure import write_result
from slaharness.report.page import render_page
from slaharness.report.plots.pods import draw_pods
from slaharness.report.plots.requests import draw_requests


def write_files(store: RecordStore, verdicts: Sequence[Verdict], tables: Sequence[Table]) -> None:
    """Write them anew, also of an old record; ``tables`` go into the page below its pictures."""
    timeline = store.record().timeline
    pictures = {"pods.svg": draw_pods(timeline)}
    with suppress(RecordTrouble):  # without a ledger nobody knows what users saw; the verdicts say so
        pictures = {"requests.svg": draw_requests(ledger.load(store.ledger), timeline), **pictures}
    for name, picture in pictures.items():
        if picture:
            (store.folder / name).write_text(picture)
    store.page.write_text(render_page(store, verdicts, list(pictures.values()), tables))
    write_result(store, verdicts)
