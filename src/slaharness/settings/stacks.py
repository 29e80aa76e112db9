"""From settings to a Stack: one kind, one function."""

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

from slaharness.errors import BadInput
from slaharness.host import project
from slaharness.host.duration import seconds
from slaharness.model import Columns, ColumnType
from slaharness.settings import helm
from slaharness.settings.declared import DeclaredStack, ReadableStack
from slaharness.settings.prometheus import Prometheus as PrometheusSettings
from slaharness.settings.schema import (
    Built,
    ExistingStack,
    HelmStack,
    KustomizeStack,
    PythonStack,
    Readback,
    Settings,
)
from slaharness.stack.manifests import folder_of
from slaharness.stack.protocol import Auth, Authorities, ImageSource, PrometheusAt, RemoteWrite, Stack

#: What an object must have to be a Stack, checked before anything is started.
PROTOCOL = ("name", "entry", "namespaces", "load_namespace", "prometheus", "profile", "images", "missing")


def build(settings: Settings, root: Path) -> Stack:
    """Raise BadInput when the settings name no stack, or one that cannot be had."""
    match settings.stack:
        case None:
            raise BadInput("stack is missing: what is to be tested (see docs/settings.md)")
        case PythonStack(object=reference):
            return _of_python(reference, root)
        case KustomizeStack() as given if given.folder:
            return _declared(settings, given, root, lambda _: _kustomize_folder(root / given.folder))
        case KustomizeStack() as given:
            return _declared(settings, given, root, lambda name: folder_of(root / given.profiles, name))
        case HelmStack() as given:
            return _declared(settings, given, root, lambda _: helm.rendered(given, root))
        case ExistingStack() as given:
            return _declared(settings, given, root, lambda _: None)


def _of_python(reference: str, root: Path) -> Stack:
    name, _, attribute = reference.partition(":")
    module = _module(name, root)
    found: Any = getattr(module, attribute, None)
    if lacking := [one for one in PROTOCOL if not hasattr(found, one)]:
        raise BadInput(f"stack.object: {reference} is no Stack: it has no {', '.join(lacking)}")
    stack: Stack = found
    return stack


def _module(name: str, root: Path) -> ModuleType:
    """The project's own file of that name, else what can be imported."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    file = root.joinpath(*name.split(".")).with_suffix(".py")
    try:
        with project.survived():
            return _of_file(name, file) if file.is_file() else importlib.import_module(name)
    except (Exception, SystemExit) as error:
        words = " ".join(str(error).split())
        raise BadInput(f"stack.object: {name} cannot be imported: {type(error).__name__}: {words}") from error


def _of_file(name: str, file: Path) -> ModuleType:
    """By its place: a package of the same name may be known already from elsewhere."""
    known = sys.modules.get(name)
    if known and getattr(known, "__file__", None) == str(file):
        return known
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python module")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _declared(settings: Settings, given: Built | ExistingStack, root: Path, profile: Any) -> DeclaredStack:
    words: dict[str, Any] = {
        "name": given.name,
        "entry": settings.load.host,
        "namespaces": tuple(given.namespaces),
        "load_namespace": settings.load.namespace,
        "prometheus": _prometheus(settings.prometheus) if settings.prometheus else None,
        "ready": given.ready,
        "deployed_from": profile,
        "authorities": _authorities(settings.load.ca),
        "sources": _sources(root / given.images) if isinstance(given, Built) and given.images else {},
    }
    if settings.readback:
        return ReadableStack(**words, columns=_columns(settings.readback), readback_url=settings.readback.url)
    return DeclaredStack(**words)


def _kustomize_folder(folder: Path) -> Path:
    if not (folder / "kustomization.yaml").is_file():
        raise BadInput(f"stack.folder: {folder} has no kustomization.yaml")
    return folder


def _sources(folder: Path) -> Mapping[str, ImageSource]:
    found = {file.parent.name: ImageSource(file.parent) for file in sorted(folder.glob("*/Containerfile"))}
    if not found:
        raise BadInput(f"stack.images: {folder} has no folder with a Containerfile")
    return found


def _prometheus(given: PrometheusSettings) -> PrometheusAt:
    namespace, _, service = given.service.partition("/")
    return PrometheusAt(
        namespace=namespace,
        service=service,
        port=given.port,
        url=given.url,
        interval=seconds(given.interval),
        kept=given.kept,
        slower=given.slower,
        load=given.load,
        auth=_auth(given),
        pod_monitor_labels=given.pod_monitor_labels,
        remote_write=RemoteWrite(given.remote_write, _auth(given, "remote_write_"))
        if given.remote_write
        else None,
    )


def _auth(given: PrometheusSettings, prefix: str = "") -> Auth:
    """Those of its fields that begin with ``prefix``, as far as there are any."""
    return Auth(**{one.name: getattr(given, prefix + one.name, "") for one in fields(Auth)})


def _authorities(told: str) -> Authorities | None:
    """``configmap/NAME`` or ``secret/NAME``; "" for none."""
    kind, _, name = told.partition("/")
    return Authorities("Secret" if kind == "secret" else "ConfigMap", name) if told else None


def _columns(given: Readback) -> Columns:
    types = {name: ColumnType(kind) for name, kind in given.columns.items()}
    return Columns(types, key=given.key, run=given.run)
