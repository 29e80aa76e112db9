"""The rights of chaosk8s' actions and probes, declared here since their own functions do not.

What is on nodes, namespaces, secrets and custom resources is not among them, but for looking at nodes: such
actions reach beyond the namespaces where faults may strike.
"""

from collections.abc import Iterable, Mapping

from slaharness.chaos.declaration import Declaration, Rights

DEPLOYMENTS, STATEFULSETS, DAEMONSETS = "deployments.apps", "statefulsets.apps", "daemonsets.apps"
POLICIES, INGRESSES = "networkpolicies.networking.k8s.io", "ingresses.networking.k8s.io"


def _declared(
    functions: str, rights: Rights, target: str = "", undo: Iterable[str] = (), needs: str = ""
) -> dict[str, Declaration]:
    """The same declaration for several functions of one module: ``module.actions one other``."""
    module, *names = functions.split()
    declaration = Declaration(rights, target, undo=tuple(undo), needs=needs)
    return {f"chaosk8s.{module}.{name}": declaration for name in names}


def _pair(module: str, made: str, gone: str, resource: str) -> dict[str, Declaration]:
    """One action deletes what the other one makes from a file: each undoes the other."""
    kind = resource.partition(".")[0]
    return {
        **_declared(f"{module} {made}", {resource: "create"}, undo=[gone]),
        **_declared(f"{module} {gone}", {resource: "list delete"}, kind, undo=[made]),
    }


def _policy(name: str) -> dict[str, Declaration]:
    """One action makes a NetworkPolicy, the other one removes it."""
    actions, undo = "networking.actions", (f"remove_{name}", "remove_network_policy")
    return {
        **_declared(f"{actions} {name}", {POLICIES: "create"}, undo=undo, needs="network_policies"),
        **_declared(f"{actions} remove_{name}", {POLICIES: "delete"}),
    }


#: By ``module.function``.
DECLARED: Mapping[str, Declaration] = {
    **_declared("pod.actions terminate_pods delete_pods", {"pods": "list delete"}, "pods"),
    **_declared("pod.actions exec_in_pods", {"pods": "get list", "pods/exec": "get create"}, "pods"),
    **_declared("pod.probes read_pod_logs", {"pods": "list", "pods/log": "get"}, "pods"),
    **_declared("pod.probes should_be_found_in_logs", {}),
    **_declared(
        "pod.probes pods_in_phase pods_in_conditions pods_not_in_phase count_pods count_min_pods"
        " pod_is_not_available all_pods_healthy",
        {"pods": "list"},
        "pods",
    ),
    **_declared(
        "deployment.actions scale_deployment",
        {DEPLOYMENTS: "get patch"},
        "deployments",
        undo=["scale_deployment"],
    ),
    **_declared("deployment.actions rollout_deployment", {DEPLOYMENTS: "get patch"}, "deployments"),
    **_pair("deployment.actions", "create_deployment", "delete_deployment", DEPLOYMENTS),
    **_declared(
        "deployment.probes deployment_available_and_healthy deployment_partially_available"
        " deployment_not_fully_available deployment_fully_available",
        {DEPLOYMENTS: "list watch"},
        "deployments",
    ),
    **_declared(
        "statefulset.actions scale_statefulset",
        {STATEFULSETS: "get patch"},
        "statefulsets",
        undo=["scale_statefulset"],
    ),
    **_pair("statefulset.actions", "create_statefulset", "remove_statefulset", STATEFULSETS),
    **_declared(
        "statefulset.probes statefulset_not_fully_available statefulset_fully_available",
        {STATEFULSETS: "list watch"},
        "statefulsets",
    ),
    **_declared(
        "daemonset.probes daemon_set_available_and_healthy daemon_set_partially_available"
        " daemon_set_not_fully_available daemon_set_fully_available",
        {DAEMONSETS: "list watch"},
        "daemonsets",
    ),
    **_declared("replicaset.actions delete_replica_set", {"replicasets.apps": "list delete"}, "replicasets"),
    **_pair("service.actions", "create_service_endpoint", "delete_service", "services"),
    **_declared("service.probes service_is_initialized", {"services": "list"}, "services"),
    **_pair("networking.actions", "create_ingress", "delete_ingress", INGRESSES),
    **_declared("networking.probes ingress_exists", {INGRESSES: "list"}, "ingresses"),
    **_policy("deny_all_ingress"),
    **_policy("deny_all_egress"),
    **_policy("allow_dns_access"),
    **_declared(
        "networking.actions create_network_policy",
        {POLICIES: "create"},
        undo=["remove_network_policy"],
        needs="network_policies",
    ),
    **_declared("networking.actions remove_network_policy", {POLICIES: "delete"}),
    **{
        f"chaosk8s.node.probes.{name}": Declaration(everywhere={"nodes": "list"})
        for name in (
            "get_nodes",
            "get_all_node_status_conditions",
            "all_nodes_must_be_ready_to_schedule",
            "verify_nodes_condition",
            "nodes_must_be_healthy",
        )
    },
    # Names of older releases, which published experiments still use.
    **_declared(
        "actions scale_microservice", {DEPLOYMENTS: "get patch"}, "deployments", undo=["scale_microservice"]
    ),
    **_declared("probes all_microservices_healthy microservice_is_not_available", {"pods": "list"}, "pods"),
    **_declared(
        "probes microservice_available_and_healthy deployment_is_not_fully_available"
        " deployment_is_fully_available",
        {DEPLOYMENTS: "list watch"},
        "deployments",
    ),
    **_declared("probes service_endpoint_is_initialized", {"services": "list"}, "services"),
}
