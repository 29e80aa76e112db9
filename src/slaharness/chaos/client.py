"""How actions and probes reach the cluster inside ``chaos run``: chaosk8s's client, never its fallbacks."""

from pathlib import Path
from typing import Any

from chaosk8s import create_k8s_api_client, get_config_path
from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException

Secrets = dict[str, Any] | None
NOT_FOUND = 404
#: Connections that are kept. The client keeps ten, too few for work at a rate: each request beyond them would
#: begin with a handshake, and a busy machine would spend itself on those.
CONNECTIONS = 128


def core(secrets: Secrets) -> "client.CoreV1Api":
    """Client for the current context of KUBECONFIG, or for KUBERNETES_CONTEXT in it.

    Raises ActivityFailed without a kubeconfig: chaosk8s would then turn to http://localhost.
    """
    if not Path(get_config_path()).is_file():
        raise ActivityFailed(f"no kubeconfig at {get_config_path()}: set KUBECONFIG")
    configuration = create_k8s_api_client(secrets).configuration
    configuration.connection_pool_maxsize = CONNECTIONS
    return client.CoreV1Api(client.ApiClient(configuration))


def running(pod: Any) -> bool:
    """Whether a container of the pod runs now and nobody has asked for the pod's end yet."""
    states = [status.state for status in pod.status.container_statuses or () if status.state]
    return pod.metadata.deletion_timestamp is None and any(state.running for state in states)


def forgotten(api: "client.CoreV1Api", pod: Any) -> bool:
    """Whether the API no longer has this very pod, though it may have another of its name."""
    try:
        now: Any = api.read_namespaced_pod(pod.metadata.name, pod.metadata.namespace)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
        return True
    return bool(now.metadata.uid != pod.metadata.uid)


def described(pod: Any) -> dict[str, Any]:
    """A pod as an action's ``matched`` has it."""
    return {"name": pod.metadata.name, "uid": pod.metadata.uid, "node": pod.spec.node_name}
