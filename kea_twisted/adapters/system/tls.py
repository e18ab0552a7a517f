"""Certificates of a listener, or of who asks one: PEM files made into what Twisted's TLS needs."""

# pyOpenSSL's and Twisted's TLS classes are partly without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import Any, Final

from OpenSSL.crypto import Error
from OpenSSL.SSL import Connection
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    KeyPair,
    PrivateCertificate,
    TLSVersion,
    trustRootFromCertificates,
)
from zope.interface import implementer

from kea_twisted.adapters.system.smallfiles import read_small
from kea_twisted.config.model import TlsFiles
from kea_twisted.errors import Problems

_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def server_options(files: TlsFiles) -> Any:
    """The context factory of a listener; ValueError that names the file which cannot be used."""
    chain, key = _own(files)
    trusted = [one for path in _anchors(files.trust_anchor) for one in _certificates(path)]
    return CertificateOptions(
        privateKey=key.original,
        certificate=chain[0].original,
        extraCertChain=[one.original for one in chain[1:]],
        trustRoot=trustRootFromCertificates(trusted) if files.cert_required else None,
        raiseMinimumTo=TLSVersion.TLSv1_2,
    )


def client_options(files: TlsFiles) -> Any:
    """Wrap a connection to a server that must have a certificate of the trust anchor, whatever name it
    bears: a partner is known by its address. ValueError as of ``server_options``.
    """
    chain, key = _own(files)
    trusted = [one for path in _anchors(files.trust_anchor) for one in _certificates(path)]
    options = CertificateOptions(
        privateKey=key.original,
        certificate=chain[0].original,
        extraCertChain=[one.original for one in chain[1:]],
        trustRoot=trustRootFromCertificates(trusted),
        raiseMinimumTo=TLSVersion.TLSv1_2,
    )
    return _Client(options.getContext())


@implementer(IOpenSSLClientConnectionCreator)
class _Client:
    """Makes the client's side of TLS connections."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Connection:
        """A connection for one protocol."""
        return Connection(self._context, None)


def unreadable(files: TlsFiles, problems: Problems) -> bool:
    """Report each file that cannot be read where its name stands; False if there is none."""
    before = len(problems.errors)
    names = ("trust-anchor", "cert-file", "key-file")
    paths = (files.trust_anchor, files.cert_file, files.key_file)
    for name, path, place in zip(names, paths, files.places, strict=True):
        try:
            for each in _anchors(path) if name == "trust-anchor" else (path,):
                read_small(each)
        except ValueError as error:
            problems.error(place, f"'{name}': {error}")
    return len(problems.errors) > before


def contents(files: TlsFiles) -> list[bytes]:
    """Return the contents of the files. Raises ValueError for one that cannot be read."""
    return [read_small(path) for path in (*_anchors(files.trust_anchor), files.cert_file, files.key_file)]


def certificate_ends(files: TlsFiles) -> list[tuple[str, float, str]]:
    """The ends of all certificates in the files: file, seconds since the epoch, and the date in words."""
    found = []
    for path in (*_anchors(files.trust_anchor), files.cert_file):
        try:
            certificates = _certificates(path)
        except (OSError, ValueError):
            continue  # changed since it was taken into force; the next reload says what is wrong
        for one in certificates:
            end = _time(one.original.get_notAfter().decode())
            found.append((path, end.timestamp(), f"{end:%Y-%m-%d %H:%M:%S} UTC"))
    return found


def _time(text: str) -> datetime:
    """``20261231235959Z`` as a time; strptime would import a module while the server runs."""
    year, rest = int(text[:4]), [int(text[at : at + 2]) for at in range(4, 14, 2)]
    month, day, hour, minute, second = rest
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _own(files: TlsFiles) -> tuple[list[Certificate], KeyPair]:
    chain = _certificates(files.cert_file)
    key = _key(files.key_file)
    try:
        PrivateCertificate.fromCertificateAndKeyPair(chain[0], key)
    except Exception:
        raise ValueError(f"the key in {files.key_file} is not that of {files.cert_file}") from None
    return chain, key


def _anchors(path: str) -> list[str]:
    """The files of a trust anchor, which is a file or a folder of them."""
    if not os.path.isdir(path):
        return [path]
    names = sorted(os.listdir(path))
    return [full for name in names if os.path.isfile(full := os.path.join(path, name))]


def _certificates(path: str) -> list[Certificate]:
    data = read_small(path)
    try:
        found = [Certificate.loadPEM(text) for text in _CERTIFICATE.findall(data)]
    except (Error, ValueError) as error:
        raise ValueError(f"{path}: {error or 'no certificate'}") from None
    if not found:
        raise ValueError(f"there is no certificate in {path}")
    return found


def _key(path: str) -> KeyPair:
    data = read_small(path)
    try:
        return KeyPair.load(data, 1)
    except (Error, ValueError) as error:
        raise ValueError(f"there is no private key without a password in {path}") from error
