"""Experiment file → Experiment, checked before anything runs: it runs whole or is refused."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from chaoslib import substitute
from chaoslib.configuration import load_configuration
from chaoslib.exceptions import InvalidExperiment
from kubernetes.client import BatchV1Api
from kubernetes.client.exceptions import ApiException
from pydantic import ValidationError

from slaharness.chaos.client import running
from slaharness.chaos.document import Activity, Document
from slaharness.chaos.target import Target, Wrong, target
from slaharness.errors import BadInput

if TYPE_CHECKING:
    from slaharness.cluster.api import Api

#: Parts of a file that are lists of activities, any of which may be a reference.
PARTS = ("method", "rollbacks")


@dataclass(frozen=True)
class Experiment:
    """A Chaos Toolkit file that can run as it stands; ``name`` is the file's, without its ending."""

    name: str
    file: Path
    title: str
    targets: tuple[Target, ...]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where its faults strike."""
        return tuple(dict.fromkeys(one.namespace for one in self.targets if one.role == "action"))

    @property
    def modules(self) -> frozenset[str]:
        """Whose activities reach into the cluster."""
        return frozenset(one.module for one in self.targets)


def check(file: Path) -> Experiment:
    """Read an experiment and see that each activity can be called as written; nothing is run.

    Raises BadInput naming the file and the field.
    """
    data = _load(file)
    try:
        document = Document.model_validate({**data, **_resolved(data)})
        settings = load_configuration(document.configuration)
        targets = [
            found
            for place, activity in document.activities().items()
            if (found := target(place, _filled(activity, settings, _names(document))))
        ]
    except ValidationError as error:
        raise BadInput(f"{file}: {_first(error)}") from error
    except (InvalidExperiment, Wrong) as error:
        raise BadInput(f"{file}: {error}") from error
    return Experiment(file.stem, file, document.title, tuple(targets))


def check_targets(experiment: Experiment, api: "Api") -> list[str]:
    """Say which of the experiment's names and selectors match no live object; an empty list is good."""
    return [problem for one in experiment.targets for problem in _missing(one, api)]


def _load(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text()
        data = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise BadInput(f"{file}: not {file.suffix[1:]}: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise BadInput(f"{file}: an experiment is a mapping with title, description and method")
    return data


def _resolved(data: Mapping[str, Any]) -> dict[str, Any]:
    """Put the activity in the place of each ``ref`` to its name."""
    lists = {part: data[part] for part in PARTS if isinstance(data.get(part), list)}
    hypothesis = data.get("steady-state-hypothesis")
    probes = hypothesis.get("probes") if isinstance(hypothesis, dict) else None
    everything = [one for part in (*lists.values(), probes or []) for one in part if isinstance(one, dict)]
    named = {one["name"]: one for one in everything if isinstance(one.get("name"), str)}
    return {part: [_referred(one, named) for one in ones] for part, ones in lists.items()}


def _referred(one: Any, named: Mapping[Any, Any]) -> Any:
    if not (isinstance(one, dict) and "ref" in one):
        return one
    if one["ref"] not in list(named):
        raise Wrong(f"ref {one['ref']!r} names no activity of this file")
    return named[one["ref"]]


def _first(error: ValidationError) -> str:
    """Return the first thing wrong as ``field: words``, and how many more there are."""
    first, *more = error.errors()
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    return f"{field}: {first['msg']}" + (f" (and {len(more)} more)" if more else "")


def _names(document: Document) -> set[str]:
    """Names of secrets: what they hold is known only when it runs."""
    return {name for group in document.secrets.values() if isinstance(group, dict) for name in group}


def _filled(activity: Activity, settings: Mapping[str, Any], secrets: set[str]) -> Activity:
    """Return the activity with ``${names}`` replaced from the configuration, as Chaos Toolkit will."""
    plain = activity.provider.model_dump(exclude_unset=True)
    known = {**dict.fromkeys(secrets, "(secret)"), **settings}
    provider = type(activity.provider).model_validate(substitute(plain, known, {}))
    return activity.model_copy(update={"provider": provider})


def _missing(one: Target, api: "Api") -> Iterator[str]:
    batch = BatchV1Api(api.client)
    listings: dict[str, Callable[..., Any]] = {
        "pods": api.core.list_namespaced_pod,
        "deployments": api.apps.list_namespaced_deployment,
        "statefulsets": api.apps.list_namespaced_stateful_set,
        "cronjobs": batch.list_namespaced_cron_job,
        "jobs": batch.list_namespaced_job,
    }
    if one.kind not in listings:
        return
    options = {"label_selector": one.selector} if one.selector else {}
    try:
        found = listings[one.kind](one.namespace, **options)
        live = any(_alive(one, item) for item in found.items) or _asleep(one, api)
    except ApiException as error:
        yield f"{one.place}: {one} cannot be asked for: {error.status} {error.reason}"
        return
    if not live:
        yield f"{one.place}: {one} matches no live object"


def _asleep(one: Target, api: "Api") -> bool:
    """Whether pods may yet come: the experiment may wake them, and a fault that hits nobody says so."""
    if one.kind != "pods" or not one.selector:
        return False
    found: Any = api.apps.list_namespaced_deployment(one.namespace, label_selector=one.selector)
    return any(item.spec.replicas == 0 for item in found.items)


def _alive(one: Target, item: Any) -> bool:
    named = not one.name or item.metadata.name == one.name
    return named and (one.kind != "pods" or running(item))
