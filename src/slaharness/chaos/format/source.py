"""The text of an experiment → its data and the line of each field. A key that is there twice is refused."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from slaharness.errors import BadInput
from slaharness.model.words import unfilled

#: What Chaos Toolkit reads.
ENDINGS = (".yaml", ".yml", ".json")
EXPERIMENT = "an experiment is a mapping with title, description and method"
#: Values that a file may have with its aliases written out; a few lines of them can be billions.
MOST = 100_000


class Wrong(BadInput):
    """A field that cannot be used; the file is added by whoever knows it."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(f"{field}: {words}" if field else words)
        self.field = field


@dataclass(frozen=True)
class Source:
    """What a file says, and where: ``root`` is None when the lines are not known."""

    data: dict[str, Any]
    root: yaml.Node | None

    def line(self, field: str) -> str:
        """Where ``method[0].provider.url`` is, or the nearest part of it that is there: `` (line 7)``."""
        node = self.root
        if node is None or not field:
            return ""
        for step in field.replace("[", ".").replace("]", "").split("."):
            inner = _inside(node, step)
            if inner is None:
                break
            node = inner
        return f" (line {node.start_mark.line + 1})"


def find(name: str, folder: Path) -> Path:
    """The experiment called ``name`` in ``folder``. Raises BadInput naming those there are."""
    there = {file for ending in ENDINGS for file in folder.glob(f"*{ending}")}
    found = sorted(file for file in there if file.stem == name)
    if not found:
        names = ", ".join(sorted({file.stem for file in there})) or "none"
        raise BadInput(f"no experiment {name!r} in {folder}; there are: {names}")
    if len(found) > 1:
        raise BadInput(f"{' and '.join(map(str, found))}: which of them is experiment {name!r}? Rename one")
    return found[0]


def read(file: Path, what: str = EXPERIMENT) -> Source:
    """Raises BadInput naming the file, and the line where there is one; ``what`` of what is no mapping."""
    if file.suffix not in ENDINGS:
        raise BadInput(f"{file}: an experiment's file ends in {', '.join(ENDINGS)}")
    try:
        text = file.read_text()
        data, root = _json(text) if file.suffix == ".json" else _yaml(text)
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except Wrong as error:
        raise BadInput(f"{file}: {error}") from error
    except (ValueError, yaml.YAMLError) as error:
        why = f"{' '.join(str(error).split())}{unfilled(file.read_bytes())}"
        raise BadInput(f"{file}: not {file.suffix[1:]}: {why}") from error
    except RecursionError as error:
        raise BadInput(f"{file}: nested too deeply to be read") from error
    if not isinstance(data, dict):
        raise BadInput(f"{file}: {what}")
    return Source(data, root)


def _yaml(text: str) -> tuple[Any, yaml.Node | None]:
    loader = yaml.SafeLoader(text)
    root = loader.get_single_node()
    if root is None:
        return None, None
    _unique(root, (), count(1))
    return loader.construct_document(root), root


def _json(text: str) -> tuple[Any, yaml.Node | None]:
    data = json.loads(text, object_pairs_hook=_object)
    try:  # JSON is YAML, but for tabs
        return data, yaml.SafeLoader(text.replace("\t", " ")).get_single_node()
    except yaml.YAMLError:
        return data, None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise Wrong(twice, "is there twice in one object, so one of them would be ignored")
    return dict(pairs)


def _unique(node: yaml.Node, inside: tuple[int, ...], seen: Iterator[int]) -> None:
    """Raise Wrong for a key that is there twice, a value that holds itself, and too many by aliases."""
    if next(seen) > MOST:
        raise Wrong("", f"has more than {MOST:,} values when its aliases are written out")
    if id(node) in inside:
        raise Wrong("", f"what begins in line {node.start_mark.line + 1} holds itself")
    within = (*inside, id(node))
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            _unique(each, within, seen)
    elif isinstance(node, yaml.MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            name, line = (key.tag, str(key.value)), key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and name in lines:
                raise Wrong(
                    key.value,
                    f"is there twice, in lines {lines[name]} and {line}, so one of them would be ignored",
                )
            lines[name] = line
            _unique(value, within, seen)


def _inside(node: yaml.Node, step: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
        inner: yaml.Node = node.value[int(step)]
        return inner
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def moved_into(data: Any, names: Mapping[tuple[str, str], tuple[str, str]]) -> Any:
    """The same data with each Python provider's module and function under their new names."""
    if isinstance(data, list):
        return [moved_into(each, names) for each in data]
    if not isinstance(data, dict):
        return data
    renamed = {key: moved_into(value, names) for key, value in data.items()}
    old = (data.get("module"), data.get("func"))
    if all(isinstance(part, str) for part in old) and old in names:
        renamed["module"], renamed["func"] = names[old]  # type: ignore[index]
    return renamed
