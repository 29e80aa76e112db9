"""The page ``docs/settings.md``, written from the model: ``python -m slaharness.settings.reference``."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from slaharness.settings import schema
from slaharness.settings.access import Access

HEAD = """# Settings

What a project says of itself, in `slaharness.toml` or under `[tool.slaharness]` in `pyproject.toml`. A key or
value that cannot be is told in one line with file and field (exit 4). Secrets are never written here: keys of
`[prometheus]` and `[send]` name environment variables.

A test may override the fixture `slaharness_stack` instead, and return any object that keeps the protocol
`slaharness.stack.protocol.Stack`. pytest's options `--sla-…` can be lines of its ini file: `--sla-nodes 5` is
`sla_nodes = 5`.

This page is written from the model by `python -m slaharness.settings.reference > docs/settings.md`.
"""
KINDS = (schema.ExistingStack, schema.KustomizeStack, schema.HelmStack, schema.PythonStack)


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([HEAD, *(line for kind in KINDS for line in _kind(kind)), *_sections()])


def _kind(model: type[BaseModel]) -> Iterator[str]:
    kind = get_args(model.model_fields["kind"].annotation)[0]
    yield from _table(f'## `[stack]` with `kind = "{kind}"`', model)


def _sections() -> Iterator[str]:
    for name, field in schema.Settings.model_fields.items():
        if name != "stack":
            models = [field.annotation, *get_args(field.annotation)]
            model = next(one for one in models if isinstance(one, type) and issubclass(one, BaseModel))
            yield from _table(f"## `[{name}]`", model)


def _table(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield from (title, "", cleandoc(model.__doc__ or ""), "", "| key | | default |", "| --- | --- | --- |")
    for name, field in _in_order(model):
        if name != "kind":
            words = (field.description or "").replace("|", r"\|")
            yield f"| `{name}` | {words} | {_default(field)} |"
    yield ""


def _in_order(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """Where a server is comes before how it is told who asks."""
    last = Access.model_fields if issubclass(model, Access) else {}
    return sorted(model.model_fields.items(), key=lambda one: one[0] in last)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.default
    return f"`{value}`" if value not in ("", [], {}) else ""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - what the command is for
