"""The blast radius as people see it: who fared worse than before the fault, and what nobody knows."""

from dataclasses import replace
from io import StringIO

from rich.console import Console
from rich.text import Text

from slaharness.model import BACKUP, BASELINE, FAULT, RECOVERY, Measurement, Objective, Op, SourceType
from slaharness.report.blast import blast_radius


def service(name: str) -> Objective:
    return Objective(
        f"service-{name}",
        name,
        name,
        SourceType.RATIO,
        "total @ $end",
        0.999,
        Op.AT_LEAST,
        good="good @ $end",
    )


def measured(name, phase, good, *problems):
    return Measurement(f"service-{name}", phase, good / 1000, good=good, total=1000.0, problems=problems)


def test_each_promise_and_each_service_has_a_row_and_each_window_a_column():
    """The share and the burn where it is known; a question mark for what could not be measured."""
    services = {f"service-{name}": service(name) for name in ("readings", "alerts")}
    promised = {
        "availability": service("users"),
        "no-loss": replace(service("users"), source=SourceType.LEDGER),
    }
    table = blast_radius(
        promised,
        services,
        [
            replace(measured("users", FAULT, 999.5), objective="availability"),
            measured("readings", BASELINE, 1000.0),
            measured("readings", FAULT, 950.0),
            measured("readings", RECOVERY, 1000.0),
            measured("alerts", BASELINE, 1000.0),
            measured("alerts", FAULT, 1000.0, "nothing was scraped"),
        ],
    )
    told = StringIO()
    Console(width=120, force_terminal=True, color_system="standard", file=told).print(table)
    plain = [" ".join(line.split()) for line in Text.from_ansi(told.getvalue()).plain.splitlines()]
    assert any("availability │ ? │ 99.95 %, burn 0.5 │ ?" in line for line in plain)
    assert not any("no-loss" in line for line in plain)
    assert any("readings │ 100 % │ 95 %, burn 50 │ 100 %" in line for line in plain)
    assert any("alerts │ 100 % │ ? │ ?" in line for line in plain)
    assert "\x1b[31m95 %" in told.getvalue()


def test_a_run_with_a_backup_has_its_column():
    """How each service fared meanwhile; other runs have no such column."""
    services = {"service-edge": service("edge")}
    calm = [measured("service-edge", BASELINE, 1000)]
    assert "BACKUP" not in [column.header for column in blast_radius({}, services, calm).columns]
    table = blast_radius({}, services, [*calm, measured("service-edge", BACKUP, 990)])
    assert [column.header for column in table.columns] == [
        "of", "BASELINE", "BACKUP", "FAULT", "RECOVERY",
    ]  # fmt: skip


def test_a_promise_about_another_load_has_no_row():
    """There is nothing to count, in no window; what could not be measured has its question marks."""
    promised = {f"service-{name}": service(name) for name in ("mine", "others")}
    found = [
        measured("mine", BASELINE, 999.0, "a sample is missing"),
        replace(measured("others", BASELINE, 0.0, "no series"), no_data=True),
    ]
    told = blast_radius(promised, {}, found)
    assert list(told.columns[0].cells) == ["service-mine"]
