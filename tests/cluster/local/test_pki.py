"""Certificates: who may be taken for whom."""

import ipaddress
import stat

import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from slaharness.cluster.local.control_plane import Trust
from slaharness.cluster.local.layout import Layout
from slaharness.cluster.local.pki import Authority


def _names(certificate, kind):
    return [attribute.value for attribute in certificate.subject.get_attributes_for_oid(kind)]


def _uses(certificate):
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_a_client_is_who_its_certificate_says():
    """User and groups are in the subject, the authority's signature holds, and it cannot pose as a server."""
    authority = Authority("clients")
    certificate = authority.client("system:node:n1", "system:nodes").certificate
    certificate.verify_directly_issued_by(authority.pair.certificate)
    assert _names(certificate, NameOID.COMMON_NAME) == ["system:node:n1"]
    assert _names(certificate, NameOID.ORGANIZATION_NAME) == ["system:nodes"]
    assert _uses(certificate) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_server_is_trusted_for_its_own_addresses_only():
    """Clients check names and addresses; they are those given and no others."""
    address = ipaddress.IPv4Address("198.18.0.11")
    certificate = Authority("kubelets").server("n1", names=["n1"], addresses=[address]).certificate
    holders = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(holders) == [x509.DNSName("n1"), x509.IPAddress(address)]
    assert _uses(certificate) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_keys_and_kubeconfigs_are_for_their_owner_only(tmp_path, monkeypatch):
    """Nobody else on the machine can read a key or act as the administrator."""
    monkeypatch.setattr("slaharness.cluster.local.layout.FOLDER", tmp_path)
    layout = Layout("a", 0, 1)
    Trust(layout).write()
    secrets = [layout.kubeconfig, *layout.home.rglob("*.key"), *layout.home.rglob("*.kubeconfig")]
    assert len(secrets) >= 8
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}


def test_the_kubeconfig_verifies_the_server_and_names_the_cluster(tmp_path, monkeypatch):
    """It works on its own: authority and identity are inside, and nothing is left unverified."""
    monkeypatch.setattr("slaharness.cluster.local.layout.FOLDER", tmp_path)
    layout = Layout("a", 0, 1)
    Trust(layout).write()
    found = yaml.safe_load(layout.kubeconfig.read_text())
    assert found["current-context"] == "slaharness-a"
    assert set(found["clusters"][0]["cluster"]) == {"server", "certificate-authority-data"}
    assert set(found["users"][0]["user"]) == {"client-certificate-data", "client-key-data"}
