"""The ``existing`` provider: a cluster somebody else made, reached through a kubeconfig context."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from slaharness.cluster import kind
from slaharness.cluster import kubeconfig as config
from slaharness.cluster.api import Api
from slaharness.cluster.provider import Capability, ClusterInfo, Request, uid
from slaharness.cluster.released import released
from slaharness.errors import BadInput, ClusterTrouble
from slaharness.host.unreachable import why

#: Seconds to connect to a cluster that may be far away, and for its answer. The client tries four times.
ANSWER_WITHIN = (2, 5)


@dataclass(frozen=True)
class Existing:
    """A context of ``kubeconfig``, which is $KUBECONFIG or ~/.kube/config when not given."""

    context: str
    kubeconfig: Path | None = None

    @classmethod
    def asked(cls, request: Request) -> Self:
        """Raise BadInput when no context is named, NotAllowed for one that was not released for faults."""
        if not request.context:
            raise BadInput("an existing cluster is named by its context: --context NAME")
        return cls(released(request.context, request.released))

    @classmethod
    def undo(cls, args: Mapping[str, Any]) -> None:
        """Nothing: we did not make it."""

    def undo_args(self) -> None:
        """None: ``up`` makes nothing."""
        return

    def up(self) -> ClusterInfo:
        """Check that it answers. BadInput for an unknown context, ClusterTrouble when there is no answer."""
        api = self._api()
        try:
            return self._info(api)
        except (AttributeError, TypeError) as error:  # JSON, but none of Kubernetes's
            raise ClusterTrouble(
                f"context {self.context!r}: {api.client.configuration.host} answers as no Kubernetes API does"
            ) from error
        except (ApiException, ClusterTrouble) as error:
            raise ClusterTrouble(
                f"context {self.context!r} at {api.client.configuration.host}: "
                f"{why(error)}; is the cluster running, and are you logged in?"
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
        files = [self.kubeconfig] if self.kubeconfig else config.files()
        return Api(config.single(files, self.context), self.context)

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
            uid=uid(api),
            verified=api.reach.verified,
        )
