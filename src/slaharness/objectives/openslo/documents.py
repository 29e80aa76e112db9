"""YAML files as documents that know their lines: what is wrong in one is said in a line, with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import ErrorDetails

from slaharness.errors import BadInput
from slaharness.model.words import counted, unfilled
from slaharness.objectives.openslo.schema import REFUSED

#: What to say for the kinds of errors that pydantic has; its own words for the rest.
_REASONS = {
    "missing": "is missing",
    "union_tag_not_found": "has no type",
    "union_tag_invalid": "has type {tag!r:.60}; read here: {expected_tags}",
    "literal_error": "is {input}; read here: {expected}",
    "value_error": "{error}",
    "too_long": "has {actual_length} entries; read here: {max_length}",
    "too_short": "is empty",
}
#: The one format that is read, and how else it is called.
V1, ALIKE = "openslo/v1", {"openslo.com/v1"}
#: Whose format it is, by how its version begins.
OTHERS = {
    "prometheus/v": "Sloth",
    "sloth.": "Sloth",
    "pyrra.dev/": "Pyrra",
    "n9/": "Nobl9",
    "spec.keptn": "Keptn",
    "monitoring.googleapis.com/": "Google Cloud",
}
#: What a document is called where no field of it is meant.
WHOLE = "the file"
#: Characters of a value that a message shows, and of a message.
_SHOWN, _LONGEST = 60, 600


@dataclass(frozen=True)
class Document:
    """One document of a file: ``content`` as plain values, ``tree`` as YAML nodes, which know their lines."""

    file: Path
    tree: yaml.Node
    content: Any

    @property
    def kind(self) -> str:
        return self._text("kind")

    @property
    def name(self) -> str:
        metadata = self.content.get("metadata") if isinstance(self.content, dict) else None
        name = metadata.get("name") if isinstance(metadata, dict) else None
        return name if isinstance(name, str) else ""

    def refusal(self, path: Sequence[str | int], reason: str) -> BadInput:
        """The error that ``reason`` speaks against what is at ``path``."""
        line, field = _find(self.tree, path)
        return BadInput(_one_line(f"{self.file}:{line}: {field} {reason}"))

    def refusals(self, errors: Sequence[ErrorDetails]) -> BadInput:
        """One line on all ``errors``: first what is there and should not be, then what is missing."""
        first, *others = sorted(
            errors, key=lambda error: (error["type"] == "missing", _find(self.tree, error["loc"])[0])
        )
        line, field = _find(self.tree, first["loc"])
        if first["type"] == "missing":
            field = f"{field}.{first['loc'][-1]}".removeprefix(f"{WHOLE}.")
        more = f" (and {len(others)} more)" if others else ""
        return BadInput(_one_line(f"{self.file}:{line}: {field} {self._reason(first)}{more}"))

    def _reason(self, error: ErrorDetails) -> str:
        if error["type"] == "extra_forbidden":
            return REFUSED.get(str(error["loc"][-1]), f"is no field of an OpenSLO v1 {self.kind or 'SLO'}")
        said = _REASONS.get(error["type"], "is {input}: {msg}")
        return said.format_map({**error, **error.get("ctx", {}), "input": described(error["input"])})

    def _text(self, key: str) -> str:
        value = self.content.get(key) if isinstance(self.content, dict) else None
        return value if isinstance(value, str) else ""


def read(file: Path) -> list[Document]:
    """The documents of ``file``. Raises BadInput."""
    try:
        return list(_documents(file))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        why = f"{error.problem or error.context}{unfilled(file.read_bytes())}"
        raise BadInput(_one_line(f"{file}:{line}: {why}")) from error
    except RecursionError as error:
        raise BadInput(f"{file}: is nested too deeply") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadInput(_one_line(f"{file}: cannot be read: {error}")) from error


def described(value: object) -> str:
    """A value in a few words, whatever it is."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return f"a list of {counted(len(value), 'object')}"
        case _:
            text = repr(value)
            return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class Plain(yaml.SafeLoader):
    """Plain YAML, where what a reader sees is what there is: no aliases, and no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases are not read; write it out", problem_mark=self.get_mark()
            )
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is there twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return node


def _documents(file: Path) -> list[Document]:
    loader = Plain(file.read_text("utf-8"))
    found = []
    while loader.check_node():
        node = loader.get_node()
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            continue  # nothing between two `---`
        document = Document(file, node, _content(loader, node))
        if not isinstance(document.content, dict):
            more = "; write a file for each" if isinstance(document.content, list) else ", no OpenSLO object"
            raise document.refusal((), f"is {described(document.content)}{more}")
        _refuse_others(document)
        found.append(document)
    if not found:
        raise BadInput(f"{file}: is empty")
    return found


def _content(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    """As plain values, the format's name in the one way that we have it."""
    content = loader.construct_document(node)
    if isinstance(content, dict) and str(content.get("apiVersion")) in ALIKE:
        content["apiVersion"] = V1
    return content


def _refuse_others(document: Document) -> None:
    """Raise BadInput that names the tool, when it is a file in the format of another one."""
    for key in ("apiVersion", "version"):
        said = str(document.content.get(key))
        if tool := next((tool for start, tool in OTHERS.items() if said.startswith(start)), ""):
            raise document.refusal(
                (key,),
                f"is {described(said)}, the own format of {tool}; write it as {V1}, in which its queries are "
                "read as they are",
            )


def _find(tree: yaml.Node, path: Sequence[str | int]) -> tuple[int, str]:
    """The line of what is at ``path``, or of what lacks it, and its path in the file.

    Steps that are not in the file are pydantic's names for the kinds of a thing.
    """
    node, line, field = tree, tree.start_mark.line, ""
    for step in path:
        if found := _child(node, step):
            line, node = found
            field += f"[{step}]" if isinstance(step, int) else f".{step}"
    return line + 1, field.removeprefix(".") or WHOLE


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    """What is under ``step`` in ``node``, after the line it begins on."""
    match node, step:
        case yaml.MappingNode(), str():
            pairs = (pair for pair in node.value if pair[0].value == step)
            return next(((key.start_mark.line, value) for key, value in pairs), None)
        case yaml.SequenceNode(), int() if step < len(node.value):
            return node.value[step].start_mark.line, node.value[step]
        case _:
            return None


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
