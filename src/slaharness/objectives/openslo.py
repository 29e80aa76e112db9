"""Files of objectives, in OpenSLO v1, become Objectives, or are refused with file, line, field and reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from slaharness.errors import BadInput
from slaharness.model import Objective
from slaharness.objectives.schema import REFUSED, Slo

#: What to say for the kinds of errors that pydantic has; its own words for the rest.
_REASONS = {
    "missing": "is missing",
    "union_tag_not_found": "has no type",
    "union_tag_invalid": "has type {tag!r}; read here: {expected_tags}",
    "literal_error": "is {input!r}; read here: {expected}",
    "value_error": "{error}",
    "too_long": "has {actual_length} entries; read here: {max_length}, so write a file for each",
    "too_short": "is empty",
}


def load_all(folder: Path) -> dict[str, Objective]:
    """Every objective in ``folder``'s YAML files, by name.

    Raises BadInput for the first file that cannot be read as one, two of one name, or no file at all.
    """
    files = sorted(file for file in folder.glob("*") if file.suffix in {".yaml", ".yml"})
    if not files:
        raise BadInput(f"{folder}: no objectives here; they are OpenSLO files, NAME.yaml")
    objectives: dict[str, Objective] = {}
    for objective in map(load, files):
        if twin := objectives.get(objective.name):
            raise BadInput(f"{objective.file}: {objective.name!r} is already the name of {twin.file}")
        objectives[objective.name] = objective
    return objectives


def load(file: Path) -> Objective:
    """The objective in ``file``. Raises BadInput."""
    tree, content = _read(file)
    try:
        slo = Slo.model_validate(content)
    except ValidationError as error:
        raise BadInput(_complaint(file, tree, error.errors())) from error
    return Objective(
        name=slo.metadata.name,
        title=slo.metadata.display_name or slo.metadata.name,
        service=slo.spec.service,
        source=slo.spec.source,
        good=slo.spec.good,
        total=slo.spec.total,
        target=slo.spec.target,
        op=slo.spec.op,
        floor=slo.metadata.annotations.floor,
        bad=slo.metadata.annotations.bad,
        file=str(file),
        timeslice=slo.spec.timeslice,
    )


class _Loader(yaml.SafeLoader):
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


def _read(file: Path) -> tuple[yaml.Node, object]:
    """The file as YAML nodes, which know their lines, and as plain values. Raises BadInput."""
    try:
        loader = _Loader(file.read_text("utf-8"))
        tree = loader.get_single_node()
        if tree is None:
            raise BadInput(f"{file}: is empty")
        return tree, loader.construct_document(tree)
    except yaml.MarkedYAMLError as error:
        raise BadInput(_at(file, error)) from error
    except RecursionError as error:
        raise BadInput(f"{file}: is nested too deeply") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from error


def _at(file: Path, error: yaml.MarkedYAMLError) -> str:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    return f"{file}:{line}: {error.problem}"


def _complaint(file: Path, tree: yaml.Node, errors: Sequence[ErrorDetails]) -> str:
    """One line on what is wrong: first what is there and should not be, then what is missing."""
    first, *others = sorted(errors, key=lambda error: (error["type"] == "missing", _find(tree, error)[0]))
    line, field = _find(tree, first)
    more = f" (and {len(others)} more)" if others else ""
    return f"{file}:{line}: {field} {_reason(first)}{more}"


def _find(tree: yaml.Node, error: ErrorDetails) -> tuple[int, str]:
    """The line of what ``error`` is about, or of what lacks it, and its path in the file.

    Steps of the error's own path that are not in the file are pydantic's names for the kinds of a thing.
    """
    node, line, path = tree, tree.start_mark.line, ""
    for step in error["loc"]:
        if found := _child(node, step):
            line, node = found
            path += f"[{step}]" if isinstance(step, int) else f".{step}"
    if error["type"] == "missing":
        path += f".{error['loc'][-1]}"
    return line + 1, path.removeprefix(".") or "the file"


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


def _reason(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return REFUSED.get(str(error["loc"][-1]), "is no field of an OpenSLO v1 SLO")
    said = _REASONS.get(error["type"], "is {input!r}: {msg}")
    return said.format_map({**error, **error.get("ctx", {})})
