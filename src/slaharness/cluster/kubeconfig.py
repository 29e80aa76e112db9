"""What a kubeconfig, of one file or several, says of its contexts and how each is reached."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from slaharness.errors import BadInput
from slaharness.host import paths

#: Keys that name a file, which counts from the folder of the kubeconfig that names it.
FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
#: Kinds of ``auth-provider`` that the client library can use; the others were replaced by exec plugins.
PROVIDERS = ("gcp", "oidc")


@dataclass(frozen=True)
class Reach:
    """How one context is reached: the ``cluster`` and ``user`` that it names, as the kubeconfig has them."""

    cluster: Mapping[str, Any]
    user: Mapping[str, Any]

    @property
    def verified(self) -> bool:
        """Whether the server has to prove who it is."""
        return not self.cluster.get("insecure-skip-tls-verify", False)

    @property
    def token_file(self) -> Path | None:
        """A file that holds the token, and may hold another one later."""
        named = self.user.get("tokenFile")
        return Path(named) if named and not self.user.get("token") else None

    @property
    def credential(self) -> str:
        """What a credential has to be asked of, in words; "" where nothing has to be asked."""
        if provider := self.user.get("auth-provider"):
            return f"auth-provider {provider.get('name')}"
        if plugin := self.user.get("exec"):
            return f"exec plugin {plugin.get('command')}"
        return ""


def files() -> list[Path]:
    """$KUBECONFIG, one file or several with ``:`` between, or ~/.kube/config. Absolute paths.

    An undo journal may be replayed from another folder. Of several, those that are not there do not count.
    """
    named = [
        Path(one).expanduser().absolute() for one in os.environ.get("KUBECONFIG", "").split(os.pathsep) if one
    ]
    there = [one for one in named if one.exists()]
    return there or named[:1] or [Path("~/.kube/config").expanduser()]


def contexts(kubeconfigs: list[Path]) -> list[str]:
    """Names of the contexts. BadInput when a file is missing or malformed."""
    return sorted(_named(kubeconfigs, "contexts"))


def reach(kubeconfigs: list[Path], context: str) -> Reach:
    """Where a context leads. BadInput when it is not there, or names a cluster or user that is not."""
    known = _named(kubeconfigs, "contexts")
    if context not in known:
        raise BadInput(
            f"no context {context!r} in {_listed(kubeconfigs)}; "
            f"there are: {', '.join(sorted(known)) or 'none'}; `kubectl config get-contexts` lists them"
        )
    parts = {kind: _part(kubeconfigs, known[context], kind, context) for kind in ("cluster", "user")}
    found = Reach(**parts)
    server = str(found.cluster.get("server", ""))
    if not server.startswith(("https://", "http://")):
        raise BadInput(
            f"context {context!r} in {_listed(kubeconfigs)}: server {server!r} is no https:// address"
        )
    if (kind := (found.user.get("auth-provider") or {}).get("name")) and kind not in PROVIDERS:
        raise BadInput(
            f"context {context!r}: auth-provider {kind!r} is not supported any more, nor is it by kubectl: "
            "use its exec plugin"
        )
    return found


def single(kubeconfigs: list[Path], context: str) -> Path:
    """One file with all of a context: the user's own, or a copy (mode 0600) put together from several."""
    holding = [one for one in kubeconfigs if context in _named([one], "contexts")]
    whole = reach(kubeconfigs, context)
    if holding and _alone(holding[0], context):
        return holding[0]
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": dict(whole.cluster)}],
        "users": [{"name": context, "user": dict(whole.user)}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
    }
    text = yaml.safe_dump(document)
    key = hashlib.sha256(text.encode()).hexdigest()[:12]
    file = paths.private(paths.STATE / "kubeconfigs") / f"{key}.yaml"
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def _alone(file: Path, context: str) -> bool:
    try:
        reach([file], context)
    except BadInput:
        return False
    return True


def _part(kubeconfigs: list[Path], context: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    wanted = context.get(kind)
    if kind == "user" and not wanted:
        return {}
    known = _named(kubeconfigs, f"{kind}s")
    if wanted not in known:
        raise BadInput(f"context {name!r} in {_listed(kubeconfigs)}: its {kind} {wanted!r} is not there")
    return known[wanted]


def _named(kubeconfigs: list[Path], kind: str) -> dict[str, Mapping[str, Any]]:
    """What a list of the kubeconfigs holds, by name: of the first file that has it, as for kubectl."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in kubeconfigs:
        document = _document(file)
        try:
            entries = {one["name"]: dict(one.get(kind[:-1]) or {}) for one in document.get(kind) or ()}
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise BadInput(f"{file}: no usable kubeconfig: {kind} is no list of named entries") from error
        found = {name: _absolute(entry, file.parent) for name, entry in entries.items()} | found
    return found


def _absolute(entry: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """With its files named from the root, and a plugin by a relative path as well."""
    moved: dict[str, Any] = {key: str(folder / entry[key]) for key in FILES if entry.get(key)}
    plugin = entry.get("exec") or {}
    if os.sep in str(plugin.get("command", "")):
        moved["exec"] = {**plugin, "command": str(folder / plugin["command"])}
    return {**entry, **moved}


def _document(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        why = " ".join(str(error).split())
        raise BadInput(f"{file}: no usable kubeconfig: {why}; set KUBECONFIG") from error
    if not isinstance(found, dict):
        raise BadInput(f"{file}: no usable kubeconfig: it is empty; set KUBECONFIG")
    return found


def _listed(kubeconfigs: list[Path]) -> str:
    return ":".join(map(str, kubeconfigs))
