"""What Flink's parts show each other comes from real cert-manager as Java reads it."""

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

pytestmark = pytest.mark.live


@pytest.fixture
def secret(rig):
    rig.wait("Flink's parts have one", lambda: rig.ready("certificate", "streaming", "flink-parts"))
    return rig.secret("streaming", "flink-tls")


@pytest.fixture
def password(rig):
    return rig.secret("streaming", "java-stores")["password"]


def listed(file, password):
    """As Java has it."""
    words = ["keytool", "-list", "-rfc", "-keystore", file, "-storetype", "PKCS12", "-storepass", password]
    said = subprocess.run(words, check=True, capture_output=True).stdout
    return said, x509.load_pem_x509_certificates(said)


def test_java_finds_key_and_certificate_in_one_file(secret, password, tmp_path):
    """By the password that its pods have; the key is the certificate's own."""
    (file := tmp_path / "keystore.p12").write_bytes(secret["keystore.p12"])
    said, (leaf, *_) = listed(file, password.decode())
    assert b"PrivateKeyEntry" in said
    key, certificate, _ = pkcs12.load_key_and_certificates(secret["keystore.p12"], password)
    assert key.public_key() == certificate.public_key() == leaf.public_key()


def test_parts_believe_an_authority_that_signs_for_nobody_else(rig, secret, password, tmp_path):
    """Not the one that all parts of the stack have theirs of."""
    (file := tmp_path / "truststore.p12").write_bytes(secret["truststore.p12"])
    _, believed = listed(file, password.decode())
    assert believed == x509.load_pem_x509_certificates(rig.secret("streaming", "flink-authority")["tls.crt"])
    rig.wait("the store has a certificate", lambda: rig.ready("certificate", "objectstore", "objectstore"))
    weather = x509.load_pem_x509_certificates(rig.secret("objectstore", "objectstore-tls")["ca.crt"])
    assert believed[0].public_key() != weather[0].public_key()
