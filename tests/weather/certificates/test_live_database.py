"""What the database is given comes from real cert-manager as Cassandra and its clients read it."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import verification

pytestmark = pytest.mark.live

NAME = x509.DNSName("cassandra.persistence.svc")


def issued(rig, name):
    """What is in its Secret, once it is."""
    rig.wait(f"{name} is issued", lambda: rig.ready("certificate", "persistence", name))
    return rig.secret("persistence", f"{name}-tls")


def test_clients_get_an_authority_by_which_the_database_is_believed(rig):
    """In their own namespace, and under its one name."""
    secret = issued(rig, "cassandra")
    rig.wait("services have the authority", lambda: rig.ready("certificate", "application", "services"))
    roots = x509.load_pem_x509_certificates(rig.secret("application", "services-tls")["ca.crt"])
    leaf, *others = x509.load_pem_x509_certificates(secret["tls.crt"])
    verifier = verification.PolicyBuilder().store(verification.Store(roots)).build_server_verifier(NAME)
    verifier.verify(leaf, others)


@pytest.mark.parametrize("name", ["cassandra", "ring"])
def test_a_node_finds_key_and_chain_in_one_file(rig, name):
    """The key is in PKCS #8, for Cassandra reads no other; it is the certificate's own."""
    combined = issued(rig, name)["tls-combined.pem"]
    assert combined.startswith(b"-----BEGIN PRIVATE KEY-----")
    key, (leaf, *_) = load_pem_private_key(combined, None), x509.load_pem_x509_certificates(combined)
    assert key.public_key() == leaf.public_key()


def test_nodes_believe_an_authority_that_signs_for_nobody_else(rig):
    """Not the one that all parts of the stack have theirs of."""
    ring, authority = issued(rig, "ring")["ca.crt"], rig.secret("persistence", "ring-authority")["tls.crt"]
    assert ring == authority != issued(rig, "cassandra")["ca.crt"]
