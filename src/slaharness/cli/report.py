"""``slaharness report``: the dashboard of all scenarios."""

from pathlib import Path

import click

from slaharness.host import project
from slaharness.report.dashboard import build_dashboard


@click.command()
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
@click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Where run records are.")
def report(reports: Path | None, *, opened: bool) -> None:
    """Build the Allure dashboard: the newest run of each scenario, with history."""
    page = build_dashboard(reports or project.root() / "reports")
    click.echo(page)
    if opened:
        click.launch(str(page))
