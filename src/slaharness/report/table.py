"""The verdicts as a table for the terminal."""

from collections.abc import Sequence

from rich.table import Table

from slaharness.model import Outcome, Verdict

COLOURS = {Outcome.MET: "green", Outcome.MISSED: "red", Outcome.UNKNOWN: "yellow"}


def verdict_table(title: str, verdicts: Sequence[Verdict]) -> Table:
    """One row a verdict: objective, window, target, seen, requests, verdict, reason."""
    table = Table(title=title, title_justify="left", title_style="bold", expand=False)
    for column in ("objective", "window", "target", "seen"):
        table.add_column(column, no_wrap=True)
    table.add_column("requests", justify="right")
    table.add_column("verdict")
    table.add_column("reason", overflow="fold")
    for verdict in verdicts:
        colour = COLOURS[verdict.outcome]
        requests = "" if verdict.requests is None else f"{verdict.requests:,}"
        table.add_row(
            verdict.objective, verdict.phase, verdict.target, verdict.seen, requests,
            f"[{colour}]{verdict.outcome}[/{colour}]", verdict.reason,
        )  # fmt: skip
    return table
