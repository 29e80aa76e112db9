"""What the Prometheus beside the load needs to send its samples on: its configuration, and who it is.

Both are in one Secret, which is in the undo journal by its name alone.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from slaharness.errors import BadInput
from slaharness.load import manifest
from slaharness.stack import reach
from slaharness.stack.protocol import Auth, RemoteWrite

#: The Secret's name, and the file in it that Prometheus starts from.
NAME, CONFIG = "load-prometheus", "prometheus.yml"
BASE = Path(__file__).parent / "prometheus" / CONFIG


def secret(to: RemoteWrite, namespace: str = manifest.NAMESPACE) -> dict[str, Any]:
    """The Secret. Raises BadInput when an environment variable that ``to`` names is not set."""
    if to.auth.tenant:  # Debian's Prometheus, 2.42, takes `headers` and does not send them
        raise BadInput("remote write can name no tenant: give the URL of a gateway that knows it by its user")
    files = dict(_files(to.auth))
    config = {**yaml.safe_load(BASE.read_text()), "remote_write": [_target(to, files)]}
    held = {CONFIG: yaml.safe_dump(config), **files}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": NAME,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "slaharness"},
        },
        "data": {name: b64encode(text.encode()).decode() for name, text in held.items()},
    }


def _files(auth: Auth) -> Iterator[tuple[str, str]]:
    """Secrets as files beside the configuration, which names them as it would elsewhere."""
    for name in ("token", "password"):
        if variable := getattr(auth, name):
            yield name, reach.value(variable)
    for name in ("ca", "cert", "key"):
        if variable := getattr(auth, name):
            yield name, reach.file(variable).read_text()


def _target(to: RemoteWrite, files: Mapping[str, str]) -> dict[str, Any]:
    """As Prometheus has it: the load's own series, and nothing that Prometheus says of itself."""
    found: dict[str, Any] = {
        "url": to.url,
        "write_relabel_configs": [{"source_labels": ["job"], "regex": "load", "action": "keep"}],
    }
    if "token" in files:
        found["authorization"] = {"credentials_file": "token"}
    if to.auth.user:
        known = {"password_file": "password"} if "password" in files else {}
        found["basic_auth"] = {"username": reach.value(to.auth.user), **known}
    if tls := _tls(files):
        found["tls_config"] = tls
    return found


def _tls(files: Mapping[str, str]) -> dict[str, str]:
    """A certificate's file may hold its key, too."""
    found = {"ca_file": "ca"} if "ca" in files else {}
    if "cert" in files:
        found |= {"cert_file": "cert", "key_file": "key" if "key" in files else "cert"}
    return found
