"""What Allure shows of a run: the question, the stages as steps, the record's files as attachments."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO

import allure
from rich.console import Console

from slaharness.model import Scenario, Verdict
from slaharness.progress import Step, step
from slaharness.report.store import Store
from slaharness.report.table import verdict_table

_ATTACHED = {
    "verdicts.json": allure.attachment_type.JSON,
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


def attach_record(store: Store, verdicts: Sequence[Verdict]) -> None:
    """The verdict table first, as people read it, then the files it was made of."""
    allure.attach(_html(verdicts), name="verdicts", attachment_type=allure.attachment_type.HTML)
    for name, kind in _ATTACHED.items():
        if (path := store.folder / name).exists():
            allure.attach.file(str(path), name=name, attachment_type=kind)


def _html(verdicts: Sequence[Verdict]) -> str:
    """The verdict table as a page of its own."""
    console = Console(record=True, file=StringIO(), width=160)
    console.print(verdict_table("", verdicts))
    return console.export_html(inline_styles=True)
