"""What OpenSLO's documents say of each other by name, put in place before a document is read."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from slaharness.errors import BadInput
from slaharness.objectives.openslo.documents import Document, described

Path = tuple[str | int, ...]


#: What others refer to, before those that do: what is wrong in it is said at its own line, and once.
FIRST = ("DataSource", "AlertNotificationTarget", "AlertCondition", "AlertPolicy", "SLI")


class Elsewhere(BadInput):
    """A document refers to one that was refused for itself."""


def in_order(documents: Iterable[Document]) -> list[Document]:
    """Those that others refer to before the others."""
    return sorted(documents, key=lambda one: FIRST.index(one.kind) if one.kind in FIRST else len(FIRST))


class Resolver:
    """The named documents of a folder. What no name leads to is refused where it stands.

    ``refused`` are documents, as kind and name, that cannot be read themselves.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self.refused: set[tuple[str, str]] = set()
        self._named: Mapping[tuple[str, str], Document] = {(one.kind, one.name): one for one in documents}

    def resolved(self, document: Document) -> tuple[Any, dict[str, str]]:
        """The content with what it refers to in place, and what that means to a run. Raises BadInput."""
        content, said = deepcopy(document.content), dict[str, str]()
        spec = content.get("spec")
        if isinstance(spec, dict):
            if "indicatorRef" in spec:
                self._indicator(document, spec)
            if isinstance(spec.get("alertPolicies"), list):
                spec["alertPolicies"] = self._policies(document, spec["alertPolicies"])
            if isinstance(spec.get("conditions"), list):
                spec["conditions"] = self._conditions(document, spec["conditions"])
            for path, source in _sources(spec, ("spec",)):
                said |= self._source(document, path, source)
        return content, said

    def _indicator(self, document: Document, spec: dict[str, Any]) -> None:
        path = ("spec", "indicatorRef")
        if "indicator" in spec:
            raise document.refusal(path, "stands beside `indicator`; write one of them")
        found = self._find(document, "SLI", spec.pop("indicatorRef"), path)
        spec["indicator"] = {"spec": deepcopy(found.content.get("spec"))}

    def _policies(self, document: Document, policies: list[Any]) -> list[Any]:
        """Inline, by ``alertPolicyRef``, or by the name alone."""
        named = [
            self._named_in(document, "AlertPolicy", "alertPolicyRef", one, ("spec", "alertPolicies", number))
            for number, one in enumerate(policies)
        ]
        for one in named:
            spec = one.get("spec") if isinstance(one, dict) else None
            if isinstance(spec, dict) and isinstance(spec.get("conditions"), list):
                spec["conditions"] = self._conditions(document, spec["conditions"])
        return named

    def _conditions(self, document: Document, conditions: list[Any]) -> list[Any]:
        return [
            self._named_in(document, "AlertCondition", "conditionRef", one, ("spec", "conditions", number))
            for number, one in enumerate(conditions)
        ]

    def _named_in(self, document: Document, kind: str, key: str, entry: Any, path: Path) -> Any:
        """What an entry of a list is, written there or elsewhere."""
        if isinstance(entry, str):
            return deepcopy(self._find(document, kind, entry, path).content)
        if isinstance(entry, dict) and entry.keys() == {key}:
            return deepcopy(self._find(document, kind, entry[key], (*path, key)).content)
        return entry

    def _source(self, document: Document, path: Path, source: dict[str, Any]) -> dict[str, str]:
        """Give a metric's source the type of the DataSource that it names, and our spelling of it."""
        said = {}
        if "metricSourceRef" in source:
            path = (*path, "metricSourceRef")
            name = source.pop("metricSourceRef")
            found = self._find(document, "DataSource", name, path, "leave it out: there is one Prometheus")
            spec = found.content.get("spec")
            theirs = spec.get("type") if isinstance(spec, dict) else None
            if "type" in source and source["type"] != theirs:
                raise document.refusal(path, f"is of type {described(theirs)}, unlike what stands beside it")
            source["type"] = theirs
            said[f"data source {name}"] = "the Prometheus of the stack, wherever that is"
        if isinstance(source.get("type"), str) and source["type"].lower() == "prometheus":
            source["type"] = "Prometheus"
        return said

    def _find(self, document: Document, kind: str, name: Any, path: Path, do: str = "") -> Document:
        found = self._named.get((kind, name)) if isinstance(name, str) else None
        if found is None:
            ways = do or "it is looked for in all files of the folder"
            raise document.refusal(path, f"is {described(name)}, and there is no {kind} of that name; {ways}")
        if (kind, name) in self.refused:
            raise Elsewhere(f"{document.file}: {kind} {name!r} is refused for itself")
        return found


def _sources(node: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every ``metricSource`` under ``node``, with its path."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        if step == "metricSource" and isinstance(child, dict):
            yield (*path, step), child
        else:
            yield from _sources(child, (*path, step))
