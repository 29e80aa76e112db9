"""Experiment file → Experiment, checked before anything runs: it runs whole or is refused."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from chaoslib.activity import ensure_activity_is_valid
from chaoslib.exceptions import ChaosException
from chaoslib.extension import validate_extensions
from pydantic import ValidationError

from slaharness.chaos.allowed import NOTHING_MORE, Allowed
from slaharness.chaos.declaration import Rights, together
from slaharness.chaos.format import moved, references, tolerance, variables
from slaharness.chaos.format.document import Activity, Document, Http, Process, Python, first_wrong
from slaharness.chaos.format.source import Source, Wrong, moved_into, read
from slaharness.chaos.format.target import Target, target
from slaharness.chaos.format.undone import undone
from slaharness.chaos.format.variables import LATER, NOTHING, Given, Variables, plain
from slaharness.errors import BadInput

#: Strategies by which the hypothesis is asked after the method.
AFTER = frozenset({"default", "after-method-only"})
#: The fields of each provider into which Chaos Toolkit fills variables.
FILLED = {Python: ("arguments",), Process: ("arguments",), Http: ("url", "headers", "timeout", "arguments")}
#: How names of fields begin that are meant for no program: where people keep what YAML's anchors name.
EXTRA = "x-"


@dataclass(frozen=True)
class Experiment:
    """A Chaos Toolkit file that can run as it stands; ``name`` is the file's, without its ending.

    ``data`` is what is run, with the values of the command line in it; ``given`` those of secrets and of the
    environment, ``environment`` the names that it reads there. ``configured`` are the names that a value of
    the command line may replace, ``folder`` holds modules of the project.
    """

    name: str
    file: Path
    title: str
    targets: tuple[Target, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    hypothesis: str = "default"
    environment: frozenset[str] = frozenset()
    given: Given = NOTHING
    configured: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    folder: Path | None = None

    @property
    def strikes(self) -> bool:
        """Whether it does anything; one without a method is a control run."""
        return bool(self.data.get("method"))

    @property
    def actions(self) -> tuple[str, ...]:
        """Names by which a test may ask for a fault: its method's actions, the second one ``kill (2)``."""
        return references.actions(self.data.get("method", ()))

    @property
    def asks_afterwards(self) -> bool:
        """Whether its hypothesis is asked once more after the method, as Chaos Toolkit does unless told."""
        probes = (self.data.get("steady-state-hypothesis") or {}).get("probes")
        return bool(probes) and self.hypothesis in AFTER

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where its faults strike."""
        return _once(one.namespace for one in self.targets if one.role == "action")

    @property
    def looks_into(self) -> tuple[str, ...]:
        """Where its activities strike or look."""
        return _once([*self.namespaces, *(one.namespace for one in self.targets)])

    @property
    def modules(self) -> frozenset[str]:
        """Whose activities reach into the cluster."""
        return frozenset(one.function.rpartition(".")[0] for one in self.targets)

    @property
    def loses_data(self) -> bool:
        """Whether data may be gone for good after it."""
        return any(one.declared.loses_data for one in self.targets)

    @property
    def on_host(self) -> bool:
        """Whether it works on this machine's disks, too."""
        return any(one.declared.host for one in self.targets)

    def rights(self, namespace: str) -> Rights:
        """What its activities need in one namespace."""
        return together(one.declared.rights for one in self.targets if one.namespace == namespace)

    @property
    def rights_everywhere(self) -> Rights:
        """What they need in the whole cluster."""
        return together(one.declared.everywhere for one in self.targets)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def check(file: Path, allowed: Allowed = NOTHING_MORE, given: Given = NOTHING) -> Experiment:
    """Read an experiment and see that each activity can be called as written; nothing is run.

    ``given`` are the command line's values in the place of its own. Raises BadInput naming file, field, line.
    """
    source = read(file)
    try:
        return _checked(file, source, allowed, given)
    except ValidationError as error:
        at, words = first_wrong(error)
        raise BadInput(f"{file}: {at}: {words}{source.line(at)}") from error
    except Wrong as error:
        raise BadInput(f"{file}: {error}{source.line(error.field)}") from error
    except ChaosException as error:
        raise BadInput(f"{file}: {error}") from error


def _checked(file: Path, source: Source, allowed: Allowed, given: Given) -> Experiment:
    if isinstance(source.data.get("kind"), str) and "apiVersion" in source.data:
        raise Wrong(
            "kind", f"{source.data['kind']} of {source.data['apiVersion']} is no Chaos Toolkit experiment"
        )
    written = {key: value for key, value in source.data.items() if not str(key).startswith(EXTRA)}
    data: dict[str, Any] = moved_into(written, moved.MOVED)
    _no_controls("", data)
    resolved = {**data, **references.resolved(data)}
    document = Document.model_validate(resolved)
    validate_extensions(data)
    known = variables.load(document.configuration, document.secrets, given, allowed)
    activities = dict(_activities(document, resolved))
    targets = [
        found
        for place, (activity, raw) in activities.items()
        if (found := _target(place, activity, raw, known, allowed))
    ]
    undone(targets)
    baked = {name: given.configuration.get(name, value) for name, value in document.configuration.items()}
    return Experiment(
        name=file.stem,
        file=file,
        title=document.title,
        targets=tuple(targets),
        data={**data, **({"configuration": baked} if baked else {})},
        hypothesis=document.runtime.hypothesis.strategy,
        environment=known.environment,
        given=given,
        configured=frozenset({*document.configuration, *document.secrets}),
        notes=tuple(moved.notes(source.data)),
        folder=allowed.folder if allowed.modules else None,
    )


def _activities(
    document: Document, data: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[Activity, dict[str, Any]]]]:
    """Every activity by its place, as model and as written; also those in configuration and tolerances."""
    raw = {f"{part}[{at}]": one for part in references.PARTS for at, one in enumerate(data.get(part) or ())}
    hypothesis = data.get("steady-state-hypothesis") or {}
    probes = {
        f"steady-state-hypothesis.probes[{at}]": one for at, one in enumerate(hypothesis.get("probes") or ())
    }
    raw |= probes
    for place, activity in document.activities().items():
        yield place, (activity, raw[place])
    extra = {f"{place}.tolerance": one["tolerance"] for place, one in probes.items()}
    extra |= {f"configuration.{name}": value for name, value in document.configuration.items()}
    for place, value in extra.items():
        if isinstance(value, dict) and value.get("type") == "probe":
            yield place, (_model(place, {"name": place, **value}), {"name": place, **value})


def _model(place: str, raw: Mapping[str, Any]) -> Activity:
    try:
        return Activity.model_validate(raw)
    except ValidationError as error:
        at, words = first_wrong(error)
        raise Wrong(f"{place}.{at}", words) from error


def _target(
    place: str,
    activity: Activity,
    raw: dict[str, Any],
    known: Variables,
    allowed: Allowed,
) -> Target | None:
    for group in activity.provider.secrets:
        if group not in known.groups:
            raise Wrong(f"{place}.provider.secrets", f"there is no group {group!r} in secrets")
    filled = _filled(place, activity, known)
    found = target(place, filled, allowed)
    if place.startswith("steady-state") and not place.endswith(".tolerance"):
        tolerance.check(f"{place}.tolerance", activity, known)
    elif activity.tolerance is not None:
        raise Wrong(
            f"{place}.tolerance",
            "outside the hypothesis Chaos Toolkit never looks at a tolerance; move the probe there",
        )
    try:
        ensure_activity_is_valid(copy.deepcopy(raw))
    except ChaosException as error:
        raise Wrong(place, str(error)) from error
    return found


def _filled(place: str, activity: Activity, known: Variables) -> Activity:
    """The activity with ``${names}`` replaced as Chaos Toolkit will. Raises Wrong where it would not."""
    provider = activity.provider
    written = provider.model_dump(exclude_unset=True)
    names = FILLED[type(provider)]
    for name, value in written.items():
        if name not in names:
            plain(f"{place}.provider.{name}", value)
    filled = {
        name: known.fill(f"{place}.provider.{name}", written[name]) for name in names if name in written
    }
    for name, value in activity.pauses.model_dump(exclude_unset=True).items():
        _seconds(f"{place}.pauses.{name}", known.fill(f"{place}.pauses.{name}", value))
    model = type(provider)
    try:
        whole = model.model_validate({**written, **{k: v for k, v in filled.items() if v != LATER}})
    except ValidationError as error:
        at, words = first_wrong(error)
        raise Wrong(f"{place}.provider.{at}", words) from error
    return activity.model_copy(update={"provider": whole})


def _seconds(place: str, value: Any) -> None:
    number = isinstance(value, int | float) and 0 <= value < inf
    if not (value is None or number or value == LATER):
        raise Wrong(place, f"{value!r} is no number of seconds")


def _no_controls(place: str, value: Any) -> None:
    if isinstance(value, list):
        for at, each in enumerate(value):
            _no_controls(f"{place}[{at}]", each)
    elif isinstance(value, dict):
        if "controls" in value and not place.endswith(("arguments", "configuration", "contributions")):
            raise Wrong(
                f"{place}.controls".lstrip("."),
                "controls may change what is run, so they are not taken; remove them",
            )
        for key, each in value.items():
            _no_controls(f"{place}.{key}".lstrip("."), each)
