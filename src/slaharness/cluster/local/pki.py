"""The cluster's certificates: one authority for each kind of trust, one identity for each part."""

import base64
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: A cluster is made anew long before that.
VALID = dt.timedelta(days=365)
#: Clocks that were set back a little do no harm.
SKEW = dt.timedelta(hours=1)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return key_pem(self.key)

    def write(self, folder: Path, name: str) -> None:
        """``NAME.crt`` and ``NAME.key``, the key for root's eyes only."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.crt").write_bytes(self.pem)
        secret(folder / f"{name}.key", self.key_pem)


def secret(path: Path, content: bytes) -> None:
    """Write what only the owner may read; never readable by others, not even for a moment."""
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_bytes(content)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class Authority:
    """A CA that signs clients and servers."""

    def __init__(self, name: str) -> None:
        key = new_key()
        basics = x509.BasicConstraints(ca=True, path_length=None)
        self.pair = Pair(
            _builder(name, key).add_extension(basics, critical=True).sign(key, hashes.SHA256()), key
        )

    @property
    def pem(self) -> bytes:
        return self.pair.pem

    def client(self, user: str, *groups: str) -> Pair:
        """Who the API server will take the holder for."""
        return self._sign(_builder(user, key := new_key(), self.pair, groups), key, CLIENT)

    def server(self, name: str, *, names: Iterable[str] = (), addresses: Iterable[IPv4Address] = ()) -> Pair:
        key = new_key()
        holders = x509.SubjectAlternativeName([*map(x509.DNSName, names), *map(x509.IPAddress, addresses)])
        return self._sign(_builder(name, key, self.pair).add_extension(holders, critical=False), key, SERVER)

    def _sign(
        self, builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, use: x509.ObjectIdentifier
    ) -> Pair:
        built = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        return Pair(built.sign(self.pair.key, hashes.SHA256()), key)


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: Pair | None = None, groups: Iterable[str] = ()
) -> x509.CertificateBuilder:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    subject = x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + VALID)
    )


def kubeconfig(*, server: str, authority: bytes, client: Pair, context: str) -> bytes:
    """A kubeconfig with everything in it."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": context, "cluster": {"server": server, "certificate-authority-data": _text(authority)}}
        ],
        "users": [
            {
                "name": context,
                "user": {
                    "client-certificate-data": _text(client.pem),
                    "client-key-data": _text(client.key_pem),
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }
    return yaml.safe_dump(document).encode()


def _text(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
