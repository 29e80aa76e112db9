"""Activities that are references: ``ref`` and the name of another one, which stands in its place."""

from collections.abc import Mapping, Sequence
from typing import Any

from slaharness.chaos.format.source import Wrong

#: Parts of a file that are lists of activities, any of which may be a reference.
PARTS = ("method", "rollbacks")
PROBES = "steady-state-hypothesis.probes"
#: What an activity that is a reference may say of its own, beside ``ref``.
BESIDE_REF = {
    PROBES: "tolerance",
    "method": "background",
    "rollbacks": "background",
}


def resolved(data: Mapping[str, Any]) -> dict[str, Any]:
    """Put the activity in the place of each ``ref`` to its name, as it is written there."""
    lists = {part: data[part] for part in PARTS if isinstance(data.get(part), list)}
    hypothesis = data.get("steady-state-hypothesis")
    if not isinstance(hypothesis, dict) or not isinstance(hypothesis.get("probes"), list):
        return _all_referred(lists)
    found = _all_referred({**lists, PROBES: hypothesis["probes"]})
    probes = found.pop(PROBES)
    return {**found, "steady-state-hypothesis": {**hypothesis, "probes": probes}}


def actions(method: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of a sound method's actions, also of those that are references; the second's with its number."""
    names = [one.get("ref") or one["name"] for one in method if one.get("type") != "probe"]
    before = [names[:at].count(name) for at, name in enumerate(names)]
    return tuple(f"{name} ({n + 1})" if n else name for name, n in zip(names, before, strict=True))


def _all_referred(lists: Mapping[str, list[Any]]) -> dict[str, Any]:
    named = _named(lists)
    return {
        part: [_referred(f"{part}[{at}]", one, part, named) for at, one in enumerate(ones)]
        for part, ones in lists.items()
    }


def _named(lists: Mapping[str, list[Any]]) -> dict[str, Any]:
    """What Chaos Toolkit finds by name: not what stands among the rollbacks."""
    named: dict[str, Any] = {}
    for part in ("method", PROBES):
        for at, one in enumerate(lists.get(part, ())):
            if isinstance(one, dict) and isinstance(name := one.get("name"), str) and "ref" not in one:
                if name in named and named[name] != one and _asked_for(name, lists):
                    raise Wrong(
                        f"{part}[{at}].name", f"{name!r} is there twice: a ref to it could mean either"
                    )
                named[name] = one
    return named


def _asked_for(name: str, lists: Mapping[str, list[Any]]) -> bool:
    return any(isinstance(one, dict) and one.get("ref") == name for ones in lists.values() for one in ones)


def _referred(place: str, one: Any, part: str, named: Mapping[str, Any]) -> Any:
    if not (isinstance(one, dict) and "ref" in one):
        return one
    if not isinstance(one["ref"], str) or one["ref"] not in named:
        raise Wrong(
            f"{place}.ref", f"ref {one['ref']!r} names no activity of this file's method or hypothesis"
        )
    if unknown := sorted(map(str, one.keys() - {"ref", BESIDE_REF[part]})):
        raise Wrong(f"{place}.{unknown[0]}", "Chaos Toolkit ignores it beside a ref")
    whole = {key: value for key, value in named[one["ref"]].items() if key not in BESIDE_REF.values()}
    return {**whole, **{key: value for key, value in one.items() if key != "ref"}}
