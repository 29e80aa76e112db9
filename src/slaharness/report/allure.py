"""What Allure shows of a run: the question, the stages as steps, the record's files as attachments."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO

import allure
from rich.console import Console
from rich.table import Table

from slaharness.host.progress import Step, step
from slaharness.model import Scenario
from slaharness.record.store import RecordStore

_ATTACHED = {
    "cost.svg": allure.attachment_type.SVG,
    "verdicts.json": allure.attachment_type.JSON,
    "services.json": allure.attachment_type.JSON,
    "measurements.json": allure.attachment_type.JSON,
    "run.json": allure.attachment_type.JSON,
    "objectives.json": allure.attachment_type.JSON,
    "journal.json": allure.attachment_type.JSON,
}


@contextmanager
def stage(title: str) -> Iterator[Step]:
    """One stage of the pipeline, on the terminal and as an Allure step."""
    with step(title) as now, allure.step(title):
        yield now


def entitle(test: Callable[..., object], scenario: Scenario) -> None:
    """Let the report say the question, for people who do not know Kubernetes, not the test's name."""
    allure.title(f"{scenario.question or scenario.name} ({scenario.name})")(test)


def attach_record(store: RecordStore, tables: Sequence[Table]) -> None:
    """The tables first, as people read them, then the files it was made of."""
    allure.attach(_html(tables), name="verdicts", attachment_type=allure.attachment_type.HTML)
    for name, kind in _ATTACHED.items():
        if (path := store.folder / name).exists():
            allure.attach.file(str(path), name=name, attachment_type=kind)


def _html(tables: Sequence[Table]) -> str:
    """The tables as a page of their own."""
    console = Console(record=True, file=StringIO(), width=160)
    console.print(*tables, sep="\n")
    return console.export_html(inline_styles=True)
