"""``slaharness send``: verdicts and figures of runs that are over, to where the settings say."""

from pathlib import Path

import click

from slaharness.record.store import RecordStore
from slaharness.report.outward.send import send as send_figures
from slaharness.settings import read as settings


@click.command()
@click.argument("records", metavar="RECORD...", nargs=-1, required=True, type=click.Path(path_type=Path))
def send(records: tuple[Path, ...]) -> None:
    """Send verdicts and figures of run records, as of when each run ended, to where [send] says."""
    receiver = settings.here().receiver
    for store in map(RecordStore.open, records):
        click.echo(send_figures(store, receiver))
