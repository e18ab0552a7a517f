"""Certificates of a listener, or of who asks one: PEM files made into what Twisted's TLS needs."""

# pyOpenSSL's and Twisted's TLS classes are partly without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from OpenSSL.crypto import FILETYPE_ASN1, FILETYPE_PEM, Error, load_privatekey
from OpenSSL.SSL import Connection, Context
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

MAX_ANCHORS: Final = 8 << 20
"""Bytes of all files in a folder of trust anchors."""

_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def server_options(files: TlsFiles) -> CertificateOptions:
    """Return the context factory of a listener. Raises ValueError that names the file which cannot be used."""
    chain, key = _own(files)
    trusted = _trusted(files.trust_anchor)
    return CertificateOptions(
        privateKey=key.original,
        certificate=chain[0].original,
        extraCertChain=[one.original for one in chain[1:]],
        trustRoot=trustRootFromCertificates(trusted) if files.cert_required else None,
        raiseMinimumTo=TLSVersion.TLSv1_2,
    )


def client_options(files: TlsFiles) -> IOpenSSLClientConnectionCreator:
    """Return the TLS context of connections to a server that must have a certificate of the trust anchor.

    The name in the certificate does not matter: a partner is known by its address. ValueError as of ``server_options``.
    """
    chain, key = _own(files)
    trusted = _trusted(files.trust_anchor)
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

    def __init__(self, context: Context) -> None:
        self._context = context

    def clientConnectionForTLS(self, tlsProtocol: object) -> Connection:
        """Return a connection for one protocol."""
        return Connection(self._context, None)


def unreadable(files: TlsFiles, problems: Problems) -> bool:
    """Report each file that cannot be read where its name stands; False if there is none."""
    before = len(problems.errors)
    names = ("trust-anchor", "cert-file", "key-file")
    paths = (files.trust_anchor, files.cert_file, files.key_file)
    for name, path, place in zip(names, paths, files.places, strict=True):
        try:
            if name == "trust-anchor":
                _anchors(path)
            else:
                read_small(path)
        except ValueError as error:
            problems.error(place, f"'{name}': {error}")
    return len(problems.errors) > before


def contents(files: TlsFiles) -> list[bytes]:
    """Return the contents of the files. Raises ValueError for one that cannot be read."""
    return [*_anchors(files.trust_anchor).values(), *map(read_small, (files.cert_file, files.key_file))]


def certificate_ends(files: TlsFiles) -> list[tuple[str, float, str]]:
    """The ends of all certificates in the files: file, seconds since the epoch, and the date in words."""
    found = []
    for path, certificates in _all_certificates(files):
        for one in certificates:
            end = _time(one.original.get_notAfter().decode())
            found.append((path, end.timestamp(), f"{end:%Y-%m-%d %H:%M:%S} UTC"))
    return found


def _time(text: str) -> datetime:
    """``20261231235959Z`` as a time; strptime would import a module while the server runs."""
    year, rest = int(text[:4]), [int(text[at : at + 2]) for at in range(4, 14, 2)]
    month, day, hour, minute, second = rest
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _all_certificates(files: TlsFiles) -> Iterator[tuple[str, list[Certificate]]]:
    """Each file with what is in it, but for those changed since they were taken into force: a reload reports them."""
    with suppress(ValueError):
        for path, data in _anchors(files.trust_anchor).items():
            with suppress(ValueError):
                yield path, _certificates(path, data)
    with suppress(ValueError):
        yield files.cert_file, _certificates(files.cert_file, read_small(files.cert_file))


def _own(files: TlsFiles) -> tuple[list[Certificate], KeyPair]:
    chain = _certificates(files.cert_file, read_small(files.cert_file))
    key = _key(files.key_file)
    try:
        PrivateCertificate.fromCertificateAndKeyPair(chain[0], key)
    except Exception:
        raise ValueError(f"the key in {files.key_file} is not that of {files.cert_file}") from None
    return chain, key


def _trusted(path: str) -> list[Certificate]:
    """Return the certificates of a trust anchor."""
    trusted = []
    for each, data in _anchors(path).items():
        try:
            trusted += _certificates(each, data)
        except ValueError:
            if each == path:
                raise
            raise _in_folder(path, "hold no certificate") from None
    return trusted


def _anchors(path: str) -> dict[str, bytes]:
    """Return the files of a trust anchor (a file or a folder of them) with their contents. Raises ValueError."""
    if not os.path.isdir(path):
        return {path: read_small(path)}
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        raise ValueError(f"the folder {path} cannot be read: {error.strerror}") from None
    found: dict[str, bytes] = {}
    for name in names:
        full = os.path.join(path, name)
        if os.path.isfile(full):
            try:
                found[full] = read_small(full)
            except ValueError:
                raise _in_folder(path, "cannot be read") from None
        if sum(map(len, found.values())) > MAX_ANCHORS:
            raise ValueError(f"the files in the folder {path} have more than {MAX_ANCHORS} bytes")
    if not found:
        raise ValueError(f"the folder {path} has no files")
    return found


def _in_folder(path: str, what: str) -> ValueError:
    """Make an error that names the folder only: a sender of commands may name any, and must not see its files."""
    return ValueError(f"one of the files in the folder {path}, or more, {what}: each must hold certificates (PEM)")


def _certificates(path: str, data: bytes) -> list[Certificate]:
    try:
        # not as PEM: OpenSSL asks at the terminal for the password of an encrypted block
        found = [Certificate.load(binascii.a2b_base64(text), FILETYPE_ASN1) for text in _CERTIFICATE.findall(data)]
    except (Error, ValueError):
        raise ValueError(f"{path}: a certificate that cannot be read") from None
    if not found:
        raise ValueError(f"no certificate found in {path}")
    return found


def _key(path: str) -> KeyPair:
    data = read_small(path)
    try:
        # any password, so that OpenSSL does not ask for one at the terminal
        return KeyPair(load_privatekey(FILETYPE_PEM, data, b""))
    except (Error, ValueError) as error:
        raise ValueError(f"no private key without a password found in {path}") from error
