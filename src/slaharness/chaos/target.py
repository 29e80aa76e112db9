"""Can an activity be called as written, and what does it reach for? Signatures are read, nothing runs."""

import importlib
import inspect
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from slaharness.chaos.document import Activity, Http, Process, Python
from slaharness.errors import BadInput

#: How actions call a namespace, a label selector, and a name.
NAMESPACE, SELECTOR = ("namespace", "ns"), ("selector", "label_selector")
NAME = ("name", "name_pattern")
#: Chaos Toolkit hands these over itself.
GIVEN = ("secrets", "configuration")
#: The object that the modules of chaosk8s work on.
KINDS = {"pod": "pods", "deployment": "deployments", "statefulset": "statefulsets"}
#: That of ours, by their modules' names; the rest work on pods.
OUR_KINDS = {
    "slaharness.faults.backup.jobs": "cronjobs",
    "slaharness.faults.backup.statements": "jobs",
    "slaharness.faults.backup.storage": "statefulsets",
    "slaharness.faults.scaling.actions": "deployments",
}
OURS, THEIRS = "slaharness.faults.", "chaosk8s."
UNFILLED = re.compile(r"\$\{(\w+)\}")


class Wrong(BadInput):
    """A field that cannot be used; the file is added by whoever knows it."""


@dataclass(frozen=True)
class Target:
    """What one activity reaches for in the cluster, and where in the file it says so."""

    place: str
    role: str
    kind: str
    namespace: str
    selector: str = ""
    name: str = ""
    module: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.selector or self.name or '(all)'} in namespace {self.namespace}"


def target(place: str, activity: Activity) -> Target | None:
    """Return what the activity at ``place`` reaches for, None when that is no object of a cluster.

    Raises Wrong naming the field that cannot be used, and for actions that cannot be kept to a namespace.
    """
    provider = activity.provider
    for field, value in _strings(f"{place}.provider", provider.model_dump()):
        _string(field, value)
    if isinstance(provider, Python):
        return _python(place, activity.type, provider)
    if activity.type == "action":
        raise Wrong(
            f"{place}.provider.type: a {provider.type} action cannot be kept to the allowed namespaces; "
            "use a python action"
        )
    _elsewhere(place, provider)
    return None


def _elsewhere(place: str, provider: Process | Http) -> None:
    if isinstance(provider, Process) and not shutil.which(provider.path):
        raise Wrong(f"{place}.provider.path: no program {provider.path!r} here")
    if isinstance(provider, Http) and urlsplit(provider.url).scheme not in {"http", "https"}:
        raise Wrong(f"{place}.provider.url: {provider.url!r} is no http address")


def _strings(field: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(f"{field}.{key}", inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _strings(f"{field}[{at}]", inner)


def _string(field: str, value: str) -> None:
    if not value.startswith(("http://", "https://")):
        return
    try:
        parts = urlsplit(value)
        usable = parts.hostname not in {None, "http", "https"} and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise Wrong(f"{field}: {value!r} is no usable address")


def _python(place: str, role: str, provider: Python) -> Target | None:
    field = f"{place}.provider"
    signature = _signature(field, provider)
    given = _bound(field, signature, provider.arguments)
    for name in provider.arguments:
        _typed(f"{field}.arguments.{name}", signature.parameters[name], given[name])
    if role == "action":
        _confined(field, provider, signature, given)
    namespace = _one_of(NAMESPACE, given)
    if not namespace:
        return None
    kind, selector, name = _kind(provider.module), _one_of(SELECTOR, given), given.get("name") or ""
    return Target(place, role, kind, namespace, selector, name, provider.module)


def _function(field: str, provider: Python) -> Callable[..., Any]:
    try:
        module = importlib.import_module(provider.module)
    except (ImportError, SyntaxError) as error:
        raise Wrong(f"{field}.module: {provider.module!r} cannot be imported: {error}") from error
    found = getattr(module, provider.func, None)
    if not (inspect.isfunction(found) or inspect.isbuiltin(found)):
        raise Wrong(f"{field}.func: {provider.module} has no function {provider.func!r}")
    return found


def _signature(field: str, provider: Python) -> inspect.Signature:
    try:
        return inspect.signature(_function(field, provider), eval_str=True)
    except (ValueError, NameError) as error:
        raise Wrong(f"{field}.func: the signature of {provider.func!r} cannot be read: {error}") from error


def _bound(field: str, signature: inspect.Signature, arguments: Mapping[str, Any]) -> dict[str, Any]:
    extra = {name: None for name in GIVEN if name in signature.parameters}
    try:
        bound = signature.bind(**{**arguments, **extra})
    except TypeError as error:
        known = ", ".join(name for name in signature.parameters if name not in GIVEN)
        raise Wrong(f"{field}.arguments: {error}; it takes {known}") from error
    bound.apply_defaults()
    return bound.arguments


def _typed(field: str, parameter: inspect.Parameter, value: Any) -> None:
    if isinstance(value, str) and (unfilled := UNFILLED.search(value)):
        raise Wrong(f"{field}: nothing in the configuration is called {unfilled[1]!r}")
    if parameter.annotation is inspect.Parameter.empty or value is None:
        return
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(parameter.annotation, config=ConfigDict(strict=True))
    except PydanticSchemaGenerationError:  # a type that only its own library can judge
        return
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        raise Wrong(f"{field}: {value!r}: {'; or '.join(one['msg'] for one in error.errors())}") from error


def _confined(field: str, provider: Python, signature: inspect.Signature, given: Mapping[str, Any]) -> None:
    """Refuse an action that would reach beyond namespaces, or all that there is in one."""
    takes = signature.parameters.keys()
    if not takes & {*NAMESPACE}:
        raise Wrong(f"{field}.func: {provider.func} reaches beyond namespaces, which faults may not")
    if not _one_of(NAMESPACE, given):
        raise Wrong(f"{field}.arguments: without namespace it would reach beyond the allowed ones")
    choices = [name for name in (*SELECTOR, *NAME) if name in takes]
    if choices and not any(given.get(name) for name in choices):
        raise Wrong(f"{field}.arguments: without {' or '.join(choices)} it would take all of the namespace")


def _kind(module: str) -> str:
    """Return what is selected: pods for our faults, else by the module's name; "objects" when unknown."""
    if module in OUR_KINDS:
        return OUR_KINDS[module]
    if module.startswith(OURS):
        return "pods"
    return KINDS.get(module.removeprefix(THEIRS).partition(".")[0], "objects")


def _one_of(names: tuple[str, ...], given: Mapping[str, Any]) -> str:
    return next((given[name] for name in names if given.get(name)), "")
