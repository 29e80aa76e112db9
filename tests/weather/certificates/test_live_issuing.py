"""Certificates come, are renewed, and are good for what they say: real cert-manager, real ACME."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification

from slaharness.faults.certificates.reissue_certificate import reissue_certificate
from slaharness.host import wait

pytestmark = pytest.mark.live

#: Seconds for something to be issued on a busy machine.
SOON = 400.0

#: Renewed after 20 s, so that a test sees it.
SHORT = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Certificate",
    "metadata": {"name": "short", "namespace": "persistence"},
    "spec": {
        "secretName": "short",
        "dnsNames": ["cassandra.persistence.svc"],
        "duration": "1m",
        "renewBefore": "40s",
        "privateKey": {"algorithm": "ECDSA", "rotationPolicy": "Always"},
        "issuerRef": {"name": "weather", "kind": "ClusterIssuer"},
    },
}


@pytest.fixture(autouse=True)
def _as_an_experiment(rig, monkeypatch):
    """Faults are pointed at the cluster as by a shell, and may strike beside the edge."""
    monkeypatch.setenv("KUBECONFIG", str(rig.api.kubeconfig("admin")))
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(rig.api.kubeconfig("admin"))
    )
    rig.api.kubectl("label", "namespace", "application", "slaharness.dev/faults=allowed", "--overwrite")


def verified(roots: str, chain: bytes, name: str) -> None:
    """As a client does. Raises what cryptography raises."""
    store = verification.Store(x509.load_pem_x509_certificates(roots.encode()))
    leaf, *others = x509.load_pem_x509_certificates(chain)
    verifier = verification.PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name))
    verifier.verify(leaf, others)


def test_keys_between_services_rotate_by_themselves(rig):
    """Each renewal has a key and a number of its own, under one authority that goes along in the Secret."""
    (file := rig.folder / "short.yaml").write_text(yaml.safe_dump(SHORT))
    rig.api.apply(file)
    first = rig.wait("the certificate is there", lambda: rig.certificate("persistence", "short"))
    second = rig.wait(
        "it is renewed",
        lambda: (now := rig.certificate("persistence", "short")) and now != first and now,
    )
    assert first.public_key() != second.public_key()
    assert isinstance(second.public_key(), ec.EllipticCurvePublicKey)
    assert rig.secret("persistence", "short")["ca.crt"] == rig.secret("security", "authority")["tls.crt"]
    rig.api.kubectl("delete", "certificate", "short", "--namespace", "persistence")


def issued(rig, before=None):
    """Wait for the edge's certificate to be of the test authority, and another than ``before``."""

    def there():
        rig.solve()
        found = rig.certificate("application", "edge-tls")
        # A temporary one, by which the edge can start, counts as Ready, too.
        ours = found is not None and "Pebble" in found.issuer.rfc4514_string()
        return ours and found != before and rig.ready("certificate", "application", "edge") and found

    return rig.wait("the edge has a certificate", there)


def test_the_edge_is_certified_by_proving_its_name_also_after_the_authority_began_anew(rig):
    """The account is made again, and clients trust the old root and the new one."""
    first = issued(rig)
    chain, roots = rig.secret("application", "edge-tls")["tls.crt"], rig.roots()
    verified(roots, chain, "edge.application.svc")
    with pytest.raises(verification.VerificationError):
        verified(roots, chain, "other.application.svc")
    rig.pebble.kill()
    rig.pebble.start()
    rig.wait("the new root is published", lambda: roots in rig.roots() and roots != rig.roots())
    renewed(rig)
    issued(rig, first)
    verified(rig.roots(), rig.secret("application", "edge-tls")["tls.crt"], "edge.application.svc")
    verified(rig.roots(), chain, "edge.application.svc")


def renewed(rig, issuer=""):
    """Have the fault do it, while nodes do their work."""
    with ThreadPoolExecutor() as pool:
        told = pool.submit(
            reissue_certificate, namespace="application", name="edge", issuer=issuer, within=SOON
        )
        while not told.done():
            rig.solve()
            wait.pause(1)
    answer = told.result()
    assert answer["problems"] == []
    assert answer["died"] == ["edge"]
    return answer


def test_a_fault_has_it_issued_for_minutes_and_back_again(rig):
    """As the experiment does it: another issuer, a life of five minutes, and a rollback."""
    issued(rig)
    for issuer, life in (("edge-minutes", 300), ("edge-months", 7776000)):
        renewed(rig, issuer)
        now = rig.certificate("application", "edge-tls")
        assert (now.not_valid_after_utc - now.not_valid_before_utc).total_seconds() == life - 1


@pytest.mark.parametrize(
    ("account", "verb", "resource", "namespace"),
    [
        ("cert-manager", "get", "secrets", "kube-system"),
        ("cert-manager", "create", "pods", "persistence"),
        ("cert-manager", "create", "clusterissuers", "default"),
        ("pebble", "get", "secrets", "security"),
        ("pebble", "patch", "configmaps/other", "load"),
        ("pebble", "patch", "clusterissuers/weather", "default"),
    ],
)
def test_neither_program_may_do_what_it_does_not_need(rig, account, verb, resource, namespace):
    """Another's key, a pod elsewhere, an issuer of its own making are out of reach."""
    kind, _, name = resource.partition("/")
    groups = {"clusterissuers": "cert-manager.io"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:security:{account}",
            "resourceAttributes": {
                "namespace": namespace, "verb": verb, "resource": kind, "name": name,
                "group": groups.get(kind, ""),
            },
        },
    }  # fmt: skip
    (file := rig.folder / "review.json").write_text(json.dumps(review))
    answer = json.loads(rig.api.kubectl("create", "-f", str(file), "-o", "json"))
    assert answer["status"]["allowed"] is False
