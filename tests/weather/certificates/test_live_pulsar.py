"""What Pulsar is given comes from real cert-manager as it and its clients read it."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import verification

pytestmark = pytest.mark.live


@pytest.mark.parametrize("domain", ["", ".cluster.local"])
@pytest.mark.parametrize("name", ["pulsar.streaming.svc", "pulsar-0.pulsar.streaming.svc"])
def test_pulsar_is_believed_under_the_names_that_clients_ask_for(rig, name, domain):
    """By the authority that lies beside it, and by that which the database's clients have."""
    rig.wait("Pulsar has a certificate", lambda: rig.ready("certificate", "streaming", "pulsar"))
    rig.wait("the database has one", lambda: rig.ready("certificate", "persistence", "cassandra"))
    secret = rig.secret("streaming", "pulsar-tls")
    leaf, *others = x509.load_pem_x509_certificates(secret["tls.crt"])
    for roots in (secret["ca.crt"], rig.secret("persistence", "cassandra-tls")["ca.crt"]):
        store = verification.Store(x509.load_pem_x509_certificates(roots))
        builder = verification.PolicyBuilder().store(store)
        builder.build_server_verifier(x509.DNSName(f"{name}{domain}")).verify(leaf, others)


def test_its_key_is_as_java_reads_it(rig):
    """In PKCS #8, and the certificate's own."""
    rig.wait("Pulsar has a certificate", lambda: rig.ready("certificate", "streaming", "pulsar"))
    secret = rig.secret("streaming", "pulsar-tls")
    assert secret["tls.key"].startswith(b"-----BEGIN PRIVATE KEY-----")
    leaf, *_ = x509.load_pem_x509_certificates(secret["tls.crt"])
    assert load_pem_private_key(secret["tls.key"], None).public_key() == leaf.public_key()
