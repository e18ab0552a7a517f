"""Certificates made for a test: an authority, a server at 127.0.0.1, a client."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey
DAY = timedelta(days=1)


class Certificates:
    """PEM files in a folder. ``address``: that of the server, None: its certificate has a common name only."""

    def __init__(self, folder: Path, address: str | None = "127.0.0.1") -> None:
        self._folder, self._address = folder, address
        authority = ec.generate_private_key(ec.SECP256R1())
        self.anchor = self._write("ca.pem", _certificate("stables", authority, authority, None, address))
        self.server, self.server_key = self._issue("server", authority)
        self.client, self.client_key = self._issue("client", authority)

    def _issue(self, name: str, authority: Key) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._write(f"{name}.pem", _certificate(name, key, authority, "stables", self._address))
        data = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate, self._write(f"{name}.key", data)

    def _write(self, name: str, data: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(data)
        return path


def _certificate(name: str, key: Key, authority: Key, issuer: str | None, address: str | None) -> bytes:
    today = datetime.now()
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer or name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - DAY)
        .not_valid_after(today + DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(_usage(signs=issuer is None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
    )
    if address is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        built = built.add_extension(names, critical=False)
    return built.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _usage(*, signs: bool) -> x509.KeyUsage:
    """Return the key usage of RFC 5280 4.2.1.3, which Python's ssl module demands from 3.13 on."""
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=signs, crl_sign=signs, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
