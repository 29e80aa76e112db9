"""How a kubeconfig's context is reached by the client library: its server, its proxy, its credential."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.config.config_exception import ConfigException
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from slaharness.cluster.kubeconfig import Reach
from slaharness.errors import BadInput, ClusterTrouble
from slaharness.host import paths


def of_this_machine(kubeconfig: Path) -> bool:
    """Whether it is that of a local cluster, which goes with it."""
    return paths.STATE / "clusters" in kubeconfig.parents


def scratch_folder(kubeconfig: Path, context: str) -> str:
    """Where the client library puts copies of keys and what it discovered of an API.

    With a cluster of our own, so that it goes with that, also when this process is killed; for others in the
    state folder. The library's default is the folder for everybody's temporary files, under a name that
    anybody can guess, and what it finds there it believes.
    """
    if of_this_machine(kubeconfig):
        return str(kubeconfig.parent / "client")
    key = hashlib.sha256(f"{kubeconfig} {context}".encode()).hexdigest()[:12]
    return str(paths.private(paths.STATE / "client" / key))


def configuration(kubeconfig: Path, context: str, to: Reach, scratch: str) -> client.Configuration:
    """The client library's settings.

    Raises BadInput for a kubeconfig that it cannot use, ClusterTrouble when no credential can be had.
    """
    settings = client.Configuration()
    if of_this_machine(kubeconfig):  # the user's proxy knows no way to a cluster on this machine
        settings.proxy = None
    try:
        with _said() as said:
            config.load_kube_config(
                str(kubeconfig), context, client_configuration=settings, temp_file_path=scratch
            )
    except (ConfigException, OSError, ValueError, TypeError) as error:
        why = " ".join(str(error).split())
        raise BadInput(f"context {context!r} in {kubeconfig} cannot be used: {why}") from error
    if to.credential and not settings.api_key and not settings.cert_file:
        why = " ".join(" ".join(said).split())[:400] or "it gave none"
        raise ClusterTrouble(f"context {context!r}: no credential from {to.credential}: {why}; log in again")
    if not settings.verify_ssl:  # said once, by whoever opens the cluster: not with each request
        disable_warnings(InsecureRequestWarning)
    if file := to.token_file:
        hook: Any = partial(_read_token, file)
        settings.refresh_api_key_hook = hook
    return settings


def _read_token(file: Path, settings: client.Configuration) -> None:
    """Whoever put a token into a file puts a fresh one there before it ends."""
    try:
        settings.api_key["BearerToken"] = f"Bearer {file.read_text().strip()}"
    except OSError as error:
        raise ClusterTrouble(
            f"the token of the kubeconfig, {file}, cannot be read: {error.strerror}"
        ) from error


@contextmanager
def _said() -> Iterator[list[str]]:
    """What the client library logs, in place of an error, when a plugin gives no credential."""
    said: list[str] = []
    keeper = logging.Handler()
    keeper.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(keeper)
    try:
        yield said
    finally:
        root.removeHandler(keeper)
