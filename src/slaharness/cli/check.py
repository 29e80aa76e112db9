"""``slaharness check``: whether the project's files can run, answered without a cluster."""

import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from slaharness.chaos.format.variables import all_known, given
from slaharness.cli import options, subjects
from slaharness.cli.subjects import Answer, Subject
from slaharness.errors import BadInput
from slaharness.load import profile


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@options.VAR
@options.VAR_FILE
def check(names: Sequence[str], variables: Sequence[str], variable_files: Sequence[Path]) -> None:
    """Check scenarios and all that they name without a cluster: experiments, load profiles, objectives.

    By the NAME of a scenario or of a file, or by FILE; all of the project's, and its settings, without any.
    Says file, line and reason, and exits 4, when one would be refused.
    """
    here = subjects.Here(given(variables, variable_files))
    loads, others = subjects.named(here, names) if names else subjects.everything(here)
    with ThreadPoolExecutor(1) as side:  # Locust looks at all profiles meanwhile, in a process of its own
        looked = side.submit(profile.check_all, loads)
        answers = [list(_answered(one)) for one in others]
        answers += [list(subjects.load(*one)) for one in zip(loads, looked.result(), strict=True)]
    refused = [one for one in answers if any(isinstance(words, BadInput) for words in one)]
    if not refused:
        all_known(here.said, here.configured)
    _say(words for one in answers for words in one)
    click.echo(f"{len(answers)} checked, {len(refused)} refused")
    if refused:
        sys.exit(BadInput.exit_code)


def _answered(subject: Subject) -> Answer:
    try:
        yield from subject()
    except BadInput as error:
        yield error


def _say(answers: Iterable[str | BadInput]) -> None:
    """Each once: what several cannot do without is refused for each of them."""
    for words, refused in dict.fromkeys((str(one), isinstance(one, BadInput)) for one in answers):
        click.echo(words, err=refused)
