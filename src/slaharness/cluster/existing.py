"""The ``existing`` provider: a cluster somebody else made, reached through a kubeconfig context."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from yaml import YAMLError

from slaharness.cluster import kind
from slaharness.cluster.api import Api
from slaharness.cluster.provider import Capability, ClusterInfo
from slaharness.errors import BadInput, ClusterTrouble

#: Seconds to connect to a cluster that may be far away, and for its answer. The client tries four times.
ANSWER_WITHIN = (2, 5)


@dataclass(frozen=True)
class Existing:
    """A context of ``kubeconfig``, which is $KUBECONFIG or ~/.kube/config when not given."""

    context: str
    kubeconfig: Path | None = None

    def up(self) -> ClusterInfo:
        """Check that it answers. BadInput for an unknown context, ClusterTrouble when there is no answer."""
        api = self._api()
        try:
            return self._info(api)
        except (ApiException, ClusterTrouble) as error:
            raise ClusterTrouble(
                f"context {self.context!r}: no answer from {api.client.configuration.host}: "
                f"{_first_line(error)}; is the cluster running, and are you logged in?"
            ) from error

    def find(self) -> ClusterInfo | None:
        """The cluster if it answers. BadInput for an unknown context."""
        try:
            return self.up()
        except ClusterTrouble:
            return None

    def load_images(self, archives: Sequence[Path]) -> None:
        """Only kind's nodes take any, by its own program. Raises ClusterTrouble for others."""
        if archives and not kind.takes_images(self.context):
            self._refuse_images(archives)
        kind.load_images(self.context, archives)

    def pull_from(self, registry: str) -> None:
        """Nothing: where its nodes may pull from is for whoever runs them to say."""

    def down(self) -> bool:
        """Nothing: we did not make it."""
        return False

    def _refuse_images(self, archives: Sequence[Path]) -> NoReturn:
        names = ", ".join(archive.name for archive in archives)
        raise ClusterTrouble(
            f"context {self.context!r}: cannot put images into nodes that we did not make ({names}); "
            "import them on each: `ctr --namespace k8s.io images import FILE`, `kind load image-archive FILE`"
        )

    def _api(self) -> Api:
        file = self.kubeconfig or _default_kubeconfig()
        known = contexts(file)
        if self.context not in known:
            raise BadInput(
                f"no context {self.context!r} in {file}; there are: {', '.join(known) or 'none'}; "
                "`kubectl config get-contexts` lists them"
            )
        return Api(file, self.context)

    def _info(self, api: Api) -> ClusterInfo:
        version = client.VersionApi(api.client).get_code(_request_timeout=ANSWER_WITHIN)
        nodes: list[Any] = api.core.list_node(_request_timeout=ANSWER_WITHIN).items
        return ClusterInfo(
            provider="existing",
            name=self.context,
            kubeconfig=api.kubeconfig,
            context=self.context,
            kubernetes=version.git_version,
            nodes=tuple(node.metadata.name for node in nodes),
            capabilities=frozenset({Capability.LOAD_IMAGES} if kind.takes_images(self.context) else ()),
        )


def contexts(kubeconfig: Path) -> list[str]:
    """Names of the contexts in a kubeconfig. BadInput when it is missing or malformed."""
    try:
        found, _ = config.list_kube_config_contexts(str(kubeconfig))
    except (ConfigException, OSError, YAMLError) as error:
        raise BadInput(f"{kubeconfig}: no usable kubeconfig: {error}; set KUBECONFIG") from error
    return sorted(context["name"] for context in found)


def _default_kubeconfig() -> Path:
    """Absolute: an undo journal may be replayed from another folder."""
    return Path(os.environ.get("KUBECONFIG") or "~/.kube/config").expanduser().absolute()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
