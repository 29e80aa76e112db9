"""The command line ``slaharness``: each command stands in the module of its subject."""

import ast
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from slaharness.errors import BadInput, HarnessError
from slaharness.host import internal_error, streams

INTERRUPTED = 2
#: Where each command stands.
COMMANDS = {
    "init": "init:init",
    "check": "check:check",
    "run": "scenarios:run",
    "nightly": "nightly:nightly",
    "judge": "scenarios:judge",
    "list": "scenarios:list_scenarios",
    "history": "history:history",
    "cluster": "cluster:cluster",
    "deploy": "cluster:deploy",
    "undeploy": "cluster:undeploy",
    "images": "images:images_group",
    "doctor": "host:doctor",
    "rights": "rights:rights",
    "heal": "host:heal",
    "report": "report:report",
    "send": "send:send",
}


class Commands(click.Group):
    """Loads a command's module when it is asked for: all of them take seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        """Names, in the order of the alphabet."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 as above
        """None when there is none of that name."""
        return load(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with its first sentence, which is read in its module's text: nothing is loaded for it."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _told(name).get_short_help_str(limit)) for name in names])


def load(name: str) -> click.Command | None:
    """The command of that name, with all that it needs; None when there is none."""
    if name not in COMMANDS:
        return None
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(f"{__name__}.{module}"), attribute)
    return command


def _told(name: str) -> click.Command:
    """A command that can do nothing but say what it is."""
    module, _, function = COMMANDS[name].partition(":")
    text = Path(__file__).with_name(f"{module}.py").read_text()
    defined = (one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef))
    said = next(ast.get_docstring(one) for one in defined if one.name == function)
    return click.Command(name, help=said)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="slaharness")
def cli() -> None:
    """Chaos and SLA validation on real Kubernetes, with verdicts that can be trusted.

    \b
    Exit codes: 0 every objective met · 1 one missed · 2 interrupted, all undone
                3 inconclusive · 4 bad input · 5 nothing ran · 6 host or cluster trouble
                7 the test's own code broke · 70 internal error
    """  # noqa: D301 click wants the character, not its name


def main() -> None:
    """Entry point: our own errors end in one line and their exit code."""
    streams.readable()
    try:
        cli(standalone_mode=False)
    except HarnessError as error:
        click.echo(f"slaharness: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(BadInput.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 whatever it is, it ends in a line and a code of its own
        told = internal_error.kept(error)
        click.echo(f"slaharness: {told}", err=True)
        sys.exit(told.exit_code)
