"""The page ``docs/reference.md``, written from the code: ``python -m slaharness.cli.reference``."""

import inspect
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

import click
import pytest

from slaharness import errors
from slaharness.checks import registry
from slaharness.checks.registry import Check
from slaharness.cli import INTERRUPTED, cli
from slaharness.errors import HarnessError
from slaharness.model import Phase
from slaharness.objectives.openslo.schema import Slo

HEAD = """# Reference

Exit codes, commands, checks and the fields of objectives. [Settings](settings.md) have a page of their own;
what queries mean and what is refused stands under [objectives](objectives.md).

This page is written from the code by `python -m slaharness.cli.reference > docs/reference.md`.
"""
#: What no error of ours says: the outcomes of a run that came to its end, or to none.
ENDS = {
    0: "every objective is MET",
    int(pytest.ExitCode.TESTS_FAILED): "a verdict that was asked for is MISSED, or an assertion failed",
    INTERRUPTED: "interrupted; what was begun is undone",
    int(pytest.ExitCode.NO_TESTS_COLLECTED): "no scenario ran",
}
CHECKS = (
    "Each is asked of the fixture `run`, and answers with a verdict or several. An objective is asked by "
    f"`run.meets(NAME, over=WINDOW)`. The windows are {', '.join(Phase)}."
)
OBJECTIVES = (
    "A file in `scenarios/objectives/`, in OpenSLO v1; unknown fields are refused. What has `[]` may be "
    "there several times. Required are those of its kind: a ratio or a threshold, of requests or of slices."
)
KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "object": "a mapping",
}
Rows = dict[str, tuple[list[str], str]]


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([HEAD, *_exits(), *_commands(), *_checks(), *_objectives(), ""])


def _exits() -> Iterator[str]:
    yield from ("## Exit codes", "", "| exit | | errors |", "| --- | --- | --- |")
    told: dict[int, list[str]] = {code: [] for code in ENDS}
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, HarnessError):
            told.setdefault(kind.exit_code, []).append(f"`{name}`: {_first(kind)}")
    for code, of in sorted(told.items()):
        yield f"| {code} | {ENDS.get(code, '')} | {'<br>'.join(of)} |"
    yield ""


def _commands() -> Iterator[str]:
    yield from (
        "## Commands",
        "",
        "Each says the same by `--help`. Bad input is one line, and exit code 4.",
        "",
    )
    top = click.Context(cli, info_name="slaharness")
    for name in cli.list_commands(top):
        if command := cli.get_command(top, name):
            yield from _command(command, click.Context(command, parent=top, info_name=name))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """One, or those of a group."""
    if isinstance(command, click.Group):
        for name, one in sorted(command.commands.items()):
            yield from _command(one, click.Context(one, parent=context, info_name=name))
        return
    words = " ".join(one for one in command.collect_usage_pieces(context) if one != "[OPTIONS]")
    yield from (f"### `{context.command_path} {words}".rstrip() + "`", "")
    yield from (" ".join((command.help or "").replace("\b", "").split()), "")
    records = [one.get_help_record(context) for one in command.params if isinstance(one, click.Option)]
    if told := [one for one in records if one]:
        yield from ("| option | |", "| --- | --- |")
        yield from (f"| `{_cell(option)}` | {_cell(words)} |" for option, words in told)
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())


def _checks() -> Iterator[str]:
    yield from ("## Checks", "", CHECKS, "")
    for name, one in sorted(registry.known().items()):
        yield f"### `run.{name}({_words(one)})`"
        windows = " or the `over` of the call" if "over" in inspect.signature(one.asked).parameters else ""
        verdicts = ", ".join(f"`{verdict}`" for verdict in one.verdicts)
        yield from ("", " ".join(cleandoc(one.asked.__doc__ or "").replace("``", "`").split()), "")
        yield from (f"Verdicts: {verdicts}, over {one.over}{windows}.", "")


def _words(one: Check) -> str:
    """As it is called: without the record, and without the names of types."""
    parameters = list(inspect.signature(one.asked).parameters.values())[1:]
    shown = []
    for each in parameters:
        default = each.default.value if isinstance(each.default, Phase) else each.default
        told = (
            "…"
            if each.default is each.empty
            else default
            if isinstance(each.default, Phase)
            else repr(default)
        )
        shown.append(each.name if each.kind is each.POSITIONAL_OR_KEYWORD else f"{each.name}={told}")
    return ", ".join(shown)


def _objectives() -> Iterator[str]:
    yield from ("## Fields of an objective", "")
    yield from (OBJECTIVES, "", "| field | takes | default |", "| --- | --- | --- |")
    rows: Rows = {}
    schema = Slo.model_json_schema(by_alias=True)
    _walk(schema, schema["$defs"], "", rows)
    for path, (takes, default) in rows.items():
        yield f"| `{path}` | {' or '.join(takes)} | {default} |"


def _walk(
    node: Mapping[str, Any], known: Mapping[str, Any], path: str, rows: Rows, default: str = ""
) -> None:
    """Add each field that holds a value, by its path from the document's root."""
    if ref := node.get("$ref"):
        node = {
            **known[ref.rpartition("/")[2]],
            **{key: value for key, value in node.items() if key != "$ref"},
        }
    for one in node.get("anyOf") or node.get("oneOf") or ():
        _walk(one, known, path, rows, default)
    if "items" in node:
        _walk(node["items"], known, f"{path}[]", rows)
    for name, one in node.get("properties", {}).items():
        if (
            name != "metadata" or not path
        ):  # what a document within has beside its spec is as the document's own
            inner = "required" if name in node.get("required", ()) else _shown(one.get("default"))
            _walk(one, known, f"{path}.{name}".lstrip("."), rows, inner)
    for takes in _takes(node):
        told, _ = rows.setdefault(path, ([], default))
        told += [takes] if takes not in told else []


def _takes(node: Mapping[str, Any]) -> list[str]:
    """The values of a field, in words; none of what is made of fields itself."""
    if "const" in node or "enum" in node:
        return [f"`{one}`" for one in node.get("enum") or [node["const"]]]
    if node.keys() & {"$ref", "anyOf", "oneOf", "properties", "items"} or node.get("type") == "null":
        return []
    pattern = f" like `{node['pattern']}`" if "pattern" in node else ""
    return [KINDS.get(node.get("type", ""), "a text") + pattern.replace("|", r"\|")]


def _shown(default: Any) -> str:
    return "" if default in ("", None, [], {}) else f"`{str(default).lower()}`"


def _first(kind: type) -> str:
    return cleandoc(kind.__doc__ or "").partition("\n\n")[0]


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - what the command is for
