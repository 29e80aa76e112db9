"""Can an activity be called as written, and what does it reach for? Signatures are read, nothing runs."""

import importlib
import inspect
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from slaharness.chaos import declaration
from slaharness.chaos.allowed import OURS, THEIRS, Allowed
from slaharness.chaos.chaosk8s import DECLARED
from slaharness.chaos.declaration import Declaration
from slaharness.chaos.format.document import Activity, Http, Process, Python
from slaharness.chaos.format.source import Wrong
from slaharness.chaos.format.values import NAMESPACE, SELECTOR, unusable
from slaharness.chaos.format.variables import LATER, texts
from slaharness.host import project

#: How actions call an object's name.
NAME = ("name", "name_pattern")
#: Chaos Toolkit hands these over itself.
GIVEN = ("secrets", "configuration")
#: A host that can be asked for: names of letters, digits, dots, dashes and underscores, or IPv6.
HOST = re.compile(r"[\w.-]+|[0-9a-fA-F:.]+(%\w+)?")
#: What people leave in a template's place for a host: YOUR_HOST, HOSTNAME.
PLACEHOLDER = re.compile(r"[A-Z]+([_-][A-Z]+)*")
NO_RIGHTS = Declaration()
NOT_ALLOWED = (
    "is not allowed: experiments are code; name it under modules in the settings' [faults] if it may run"
)
#: What some faults need of the cluster, and why they are refused without it.
POLICIES = "network_policies"
UNENFORCED = (
    "does nothing where network policies are not enforced; network_policies = true in the settings' [faults] "
    "says that this cluster does"
)


@dataclass(frozen=True)
class Target:
    """What one activity reaches for in the cluster, and where in the file it says so.

    ``namespace`` is "" for what belongs to none.
    """

    place: str
    role: str
    function: str
    declared: Declaration
    namespace: str = ""
    selector: str = ""
    name: str = ""

    @property
    def kind(self) -> str:
        return self.declared.target

    def __str__(self) -> str:
        return f"{self.kind} {self.selector or self.name or '(all)'} in namespace {self.namespace}"


def target(place: str, activity: Activity, allowed: Allowed) -> Target | None:
    """Return what the activity at ``place`` reaches for, None when that is no object of a cluster.

    Raises Wrong naming the field that cannot be used, for actions that cannot be kept to a namespace, and for
    what the project would have to allow.
    """
    provider = activity.provider
    for field, value in texts(f"{place}.provider", provider.model_dump()):
        _address(field, value)
    if isinstance(provider, Python):
        return _python(place, activity.type, provider, allowed)
    if activity.type == "action":
        raise Wrong(
            f"{place}.provider.type",
            f"a {provider.type} action cannot be kept to the allowed namespaces; use a python action",
        )
    _elsewhere(f"{place}.provider", provider, allowed)
    return None


def _elsewhere(field: str, provider: Process | Http, allowed: Allowed) -> None:
    if isinstance(provider, Process):
        if not allowed.processes:
            raise Wrong(
                f"{field}.type",
                "a process may do anything; processes = true in the settings' [faults] allows it",
            )
        if not shutil.which(Path(provider.path).expanduser()):
            raise Wrong(f"{field}.path", f"no program {provider.path!r} here")
        return
    if provider.url != LATER and urlsplit(provider.url).scheme not in {"http", "https"}:
        raise Wrong(f"{field}.url", f"{provider.url!r} is no http address")
    for name, value in (provider.headers or {}).items():
        if not isinstance(value, str):
            raise Wrong(f"{field}.headers.{name}", f"{value!r} is no text: write it in quotes")


def _address(field: str, value: str) -> None:
    if not value.startswith(("http://", "https://")) or LATER in value:
        return
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        usable = host not in {"http", "https"} and (parts.port is None or parts.port > 0)
    except ValueError:
        host, usable = "", False
    written = parts.netloc.rpartition("@")[2].partition(":")[0] if usable else ""
    if (
        not usable
        or not HOST.fullmatch(host)
        or PLACEHOLDER.fullmatch(written)
        or re.search(r"[\s<>{}]", value)
    ):
        raise Wrong(field, f"{value!r} is no usable address")


def _python(place: str, role: str, provider: Python, allowed: Allowed) -> Target | None:
    field = f"{place}.provider"
    function = _function(field, provider, allowed)
    signature = _signature(field, provider, function)
    given = _bound(field, signature, provider.arguments)
    for name in provider.arguments:
        _typed(f"{field}.arguments.{name}", signature.parameters[name], given[name])
        if not _later(given[name]) and (why := unusable(provider.module, name, given[name])):
            raise Wrong(f"{field}.arguments.{name}", why)
    declared = _declared(field, role, provider, function)
    if role == "action" and (declared is None or declared.target or provider.module.startswith(THEIRS)):
        _confined(field, provider, signature, given)
    if declared is None:
        raise Wrong(
            f"{field}.func",
            f"{provider.module}.{provider.func} declares no rights, so it would have none; "
            "actions of a project declare theirs with slaharness.faults.fault",
        )
    if declared.needs == POLICIES and not allowed.network_policies:
        raise Wrong(f"{field}.func", f"{provider.func} {UNENFORCED}")
    namespace = _one_of(NAMESPACE, given)
    if not namespace and not declared.everywhere:
        return None
    selector, name = _one_of(SELECTOR, given), given.get("name") or ""
    _known(field, provider, namespace)
    return Target(place, role, f"{provider.module}.{provider.func}", declared, namespace, selector, name)


def _known(field: str, provider: Python, namespace: str) -> None:
    if LATER in namespace:
        name = next(name for name in NAMESPACE if name in provider.arguments)
        raise Wrong(
            f"{field}.arguments.{name}", "must be known before it runs, so that rights can be given in it"
        )


def _declared(field: str, role: str, provider: Python, function: Callable[..., Any]) -> Declaration | None:
    """What the function declares; probes of a project that declare nothing have no rights."""
    if provider.module.startswith(THEIRS):
        return DECLARED.get(f"{provider.module}.{provider.func}")
    found = declaration.of(function)
    if found is None and provider.module.startswith(OURS):
        raise Wrong(f"{field}.func", f"{provider.func} is no action or probe")
    return found or (NO_RIGHTS if role == "probe" else None)


def _function(field: str, provider: Python, allowed: Allowed) -> Callable[..., Any]:
    if not allowed.module(provider.module):
        why = "is relative, and to nothing" if provider.module.startswith(".") else NOT_ALLOWED
        raise Wrong(f"{field}.module", f"{provider.module!r} {why}")
    try:
        with _importable(allowed.folder), project.survived():
            module = importlib.import_module(provider.module)
    except (Exception, SystemExit) as error:
        why = f"{'' if isinstance(error, ImportError) else f'{type(error).__name__}: '}{error}"
        raise Wrong(f"{field}.module", f"{provider.module!r} cannot be imported: {why}") from error
    found = getattr(module, provider.func, None)
    if not (inspect.isfunction(found) or inspect.isbuiltin(found)):
        raise Wrong(f"{field}.func", f"{provider.module} has no function {provider.func!r}")
    return found


@contextmanager
def _importable(folder: Path | None) -> Iterator[None]:
    """The project's own modules can be found, as they will be when it runs."""
    added = [str(folder)] if folder else []
    sys.path[:0] = added
    try:
        yield
    finally:
        for one in added:
            sys.path.remove(one)


def _signature(field: str, provider: Python, function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except (ValueError, NameError) as error:
        raise Wrong(f"{field}.func", f"the signature of {provider.func!r} cannot be read: {error}") from error


def _bound(field: str, signature: inspect.Signature, arguments: Mapping[str, Any]) -> dict[str, Any]:
    extra = {name: None for name in GIVEN if name in signature.parameters}
    try:
        bound = signature.bind(**{**arguments, **extra})
    except TypeError as error:
        known = ", ".join(name for name in signature.parameters if name not in GIVEN)
        raise Wrong(f"{field}.arguments", f"{error}; it takes {known}") from error
    bound.apply_defaults()
    return bound.arguments


def _typed(field: str, parameter: inspect.Parameter, value: Any) -> None:
    if parameter.annotation is inspect.Parameter.empty or value is None or _later(value):
        return
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(parameter.annotation, config=ConfigDict(strict=True))
    except PydanticSchemaGenerationError:  # a type that only its own library can judge
        return
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        words = "; or ".join(one["msg"] for one in error.errors())
        raise Wrong(field, f"{value!r}: {words}") from error


def _later(value: Any) -> bool:
    return any(LATER in text for _, text in texts("", value))


def _confined(field: str, provider: Python, signature: inspect.Signature, given: Mapping[str, Any]) -> None:
    """Refuse an action that would reach beyond namespaces, or all that there is in one."""
    takes = signature.parameters.keys()
    if not takes & {*NAMESPACE}:
        raise Wrong(f"{field}.func", f"{provider.func} reaches beyond namespaces, which faults may not")
    if not _one_of(NAMESPACE, given):
        raise Wrong(f"{field}.arguments", "without namespace it would reach beyond the allowed ones")
    choices = [name for name in (*SELECTOR, *NAME) if name in takes]
    if choices and not any(given.get(name) for name in choices):
        raise Wrong(
            f"{field}.arguments", f"without {' or '.join(choices)} it would take all of the namespace"
        )


def _one_of(names: tuple[str, ...], given: Mapping[str, Any]) -> str:
    return next((str(given[name]) for name in names if given.get(name)), "")
