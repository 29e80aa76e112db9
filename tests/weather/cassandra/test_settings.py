"""What a node is started with, and what Kubernetes is told about it."""

from pathlib import Path
from typing import Any

import entrypoint
import pytest
import ring
import yaml
from founding import Decision

DEPLOY = Path(__file__).parents[3] / "weather" / "deploy" / "base" / "persistence"
FOUNDER = Decision(founder=True)
HEIR = Decision(founder=False, predecessor="10.0.0.7")
OTHERS = ["cassandra-1.cassandra.persistence.svc", "cassandra-2.cassandra.persistence.svc"]


@pytest.fixture(autouse=True)
def _image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Lay the settings out as the image has them."""
    source = Path(entrypoint.__file__).parent.parent
    (tmp_path / "conf").symlink_to(source)
    monkeypatch.setattr(entrypoint, "HOME", tmp_path)
    monkeypatch.setenv("POD_IP", "10.0.0.3")
    monkeypatch.setenv("POD_NAME", "cassandra-0")
    monkeypatch.setenv("FOUNDERS", "3")


def settings(decision: Decision, data: Path) -> dict[str, Any]:
    tokens = ring.tokens(0, founders=3, each=8)
    loaded: dict[str, Any] = yaml.safe_load(entrypoint.settings(decision, tokens, OTHERS, data))
    return loaded


def seeds(loaded: dict[str, Any]) -> list[str]:
    return str(loaded["seed_provider"][0]["parameters"][0]["seeds"]).split(",")


def test_a_founder_joins_at_once_with_its_own_tokens(tmp_path: Path) -> None:
    """It streams nothing, and starts even while nobody answers: it is its own seed."""
    made = settings(FOUNDER, tmp_path)
    assert made["auto_bootstrap"] is False
    assert len(made["initial_token"].split(",")) == made["num_tokens"] == 8
    assert seeds(made) == ["10.0.0.3", *OTHERS]


def test_an_heir_streams_before_it_serves(tmp_path: Path) -> None:
    """As its own seed it would skip the streaming, and serve an empty disk."""
    made = settings(HEIR, tmp_path)
    assert made["auto_bootstrap"] is True
    assert made["initial_token"] is None
    assert seeds(made) == OTHERS
    assert "-Dcassandra.replace_address_first_boot=10.0.0.7" in entrypoint.java(HEIR, tmp_path)


def test_an_heir_that_has_joined_can_start_alone_too(tmp_path: Path) -> None:
    """When all pods are lost at once, every one of them must be able to start before the others answer."""
    (tmp_path / "joined").touch()
    assert seeds(settings(HEIR, tmp_path)) == ["10.0.0.3", *OTHERS]


def test_acknowledged_means_synced(tmp_path: Path) -> None:
    """Any other mode acknowledges what a kill of all replicas can lose."""
    assert settings(FOUNDER, tmp_path)["commitlog_sync"] == "batch"


def test_pods_know_each_other_by_ordinal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names survive a pod; addresses do not."""
    monkeypatch.setattr("socket.getfqdn", lambda: "cassandra-0.cassandra.persistence.svc.cluster.local")
    ordinal, founders = entrypoint.names()
    assert ordinal == 0
    assert founders[2] == "cassandra-2.cassandra.persistence.svc.cluster.local"


def documents(file: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / file).read_text()))


def test_liveness_never_depends_on_the_ring() -> None:
    """A probe that asked the ring would restart the survivors of every fault."""
    (container,) = documents("cassandra.yaml")[0]["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/live"
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"


def test_no_start_is_cut_short() -> None:
    """Replaying a log or streaming a disk may take minutes."""
    (container,) = documents("cassandra.yaml")[0]["spec"]["template"]["spec"]["containers"]
    probe = container["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 1800


def test_replicas_live_apart_and_go_one_at_a_time() -> None:
    """One node's loss, or one drain, costs one replica of three."""
    spec = documents("cassandra.yaml")[0]["spec"]
    (spread,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["maxSkew"]) == ("kubernetes.io/hostname", 1)
    assert spread["whenUnsatisfiable"] == "DoNotSchedule"
    assert documents("disruption.yaml")[0]["spec"]["maxUnavailable"] == 1


def test_founders_are_as_many_as_pods() -> None:
    """Fewer pods than founders wait for ever; more would bootstrap instead of founding."""
    spec = documents("cassandra.yaml")[0]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert {entry["name"]: entry.get("value") for entry in container["env"]}["FOUNDERS"] == str(
        spec["replicas"]
    )


def test_nobody_is_served_without_a_role(tmp_path: Path) -> None:
    """Cassandra's own default asks nobody for anything."""
    made = settings(FOUNDER, tmp_path)
    assert (made["authenticator"], made["authorizer"]) == ("PasswordAuthenticator", "CassandraAuthorizer")


@pytest.mark.parametrize("known", ["credentials", "roles", "permissions"])
def test_what_is_known_of_roles_outlives_a_fault_and_not_a_change(tmp_path: Path, known: str) -> None:
    """No request waits for a look, and what was taken away is not remembered until someone comes."""
    made = settings(FOUNDER, tmp_path)
    assert made[f"{known}_validity"] == "1d"
    assert made[f"{known}_update_interval"] == "10s"
    assert made[f"{known}_cache_active_update"] is True


def test_with_certificates_nobody_speaks_to_a_node_without_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither clients nor nodes; and a node shows the others that it is one."""
    monkeypatch.setenv("CERTIFICATES", "/certificates")
    made = settings(FOUNDER, tmp_path)
    clients, nodes = made["client_encryption_options"], made["server_encryption_options"]
    assert (clients["enabled"], clients["optional"]) == (True, False)
    assert (nodes["internode_encryption"], nodes["optional"], nodes["require_client_auth"]) == (
        "all",
        False,
        True,
    )
    assert clients["keystore"] == "/certificates/clients/tls-combined.pem"
    assert nodes["truststore"] == "/certificates/nodes/ca.crt"
    assert made["commitlog_sync"] == "batch"


def test_without_certificates_nothing_is_said_of_tls(tmp_path: Path) -> None:
    """Cassandra's own defaults: none."""
    assert "client_encryption_options" not in settings(FOUNDER, tmp_path)
