"""What the object store and its clients are given comes from real cert-manager as they read it."""

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import verification

pytestmark = pytest.mark.live

NAME = x509.DNSName("objectstore.objectstore.svc")


@pytest.fixture
def secret(rig):
    """What the store has, once it is issued, and its clients' authority, too."""
    rig.wait("the store has a certificate", lambda: rig.ready("certificate", "objectstore", "objectstore"))
    rig.wait("its clients have an authority", lambda: rig.ready("certificate", "streaming", "pulsar"))
    return rig.secret("objectstore", "objectstore-tls")


def test_the_store_is_believed_under_the_name_that_clients_ask_for(rig, secret):
    """By the authority beside it, which the Job `accounts` has, and by that which all others have."""
    leaf, *others = x509.load_pem_x509_certificates(secret["tls.crt"])
    for roots in (secret["ca.crt"], rig.secret("streaming", "pulsar-tls")["ca.crt"]):
        store = verification.Store(x509.load_pem_x509_certificates(roots))
        verification.PolicyBuilder().store(store).build_server_verifier(NAME).verify(leaf, others)
    assert load_pem_private_key(secret["tls.key"], None).public_key() == leaf.public_key()


def test_java_reads_the_same_authority_from_a_file_of_its_own_kind(rig, secret, tmp_path):
    """With the password that its pods have, and nothing else is in it."""
    (file := tmp_path / "truststore.p12").write_bytes(rig.secret("streaming", "pulsar-tls")["truststore.p12"])
    password = rig.secret("streaming", "java-stores")["password"].decode()
    words = ["keytool", "-list", "-rfc", "-keystore", file, "-storetype", "PKCS12", "-storepass", password]
    said = subprocess.run(words, check=True, capture_output=True).stdout
    assert x509.load_pem_x509_certificates(said) == x509.load_pem_x509_certificates(secret["ca.crt"])
