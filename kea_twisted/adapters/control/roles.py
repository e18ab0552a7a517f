"""The roles of HTTP requests (``libdhcp_rbac``): what names the role of one, and the rules that then apply to it."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from twisted.internet.interfaces import ISSLTransport

from kea_twisted.adapters.control.access import Entry, Permits, nothing
from kea_twisted.adapters.control.httprequest import CommandRequest
from kea_twisted.commands.envelope import Reply
from kea_twisted.libraries.rbac.messages import NO_TLS
from kea_twisted.libraries.rbac.roles import BASIC, CERT_SUBJECT, REMOTE_ADDRESS, Role, Rules

_NO_TLS: Final = (NO_TLS,)


def with_role(rules: Rules, request: CommandRequest, entry: Entry) -> Entry:
    """Return the sender of a request with the rules of its role."""
    if rules.needs_tls and not ISSLTransport.providedBy(request.channel.transport):
        return entry._replace(permits=nothing, max_body=0, problem=_NO_TLS)
    role = rules.role(_name(rules.method, request, entry))
    return entry._replace(permits=_both(entry.permits, role.accepts), role=role)


def filtered(role: Role | None, value: object, reply: Reply) -> Reply:
    """Return the answer to a request (a JSON value) as its role may see it."""
    return reply if role is None or not isinstance(value, dict) else role.filtered(value.get("command"), reply)


def user_of(credentials: bytes) -> str:
    """Return the user of credentials that were accepted."""
    try:
        return base64.b64decode(credentials).partition(b":")[0].decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _name(method: str, request: CommandRequest, entry: Entry) -> str:
    """Return the name of a request's role, "" if it has none."""
    if method == REMOTE_ADDRESS:
        return request.peer
    if method == BASIC:
        return entry.user
    return _common_name(method, request) if ISSLTransport.providedBy(request.channel.transport) else ""


def _common_name(method: str, request: CommandRequest) -> str:
    """Return the common name in the client's certificate, "" if there is none."""
    from cryptography.x509.oid import NameOID  # for those who use TLS

    certificate = request.channel.transport.getPeerCertificate()
    if certificate is None:
        return ""
    shown = certificate.to_cryptography()
    name = shown.subject if method == CERT_SUBJECT else shown.issuer
    return next((str(each.value) for each in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def _both(one: Permits, other: Permits) -> Permits:
    """Permit what both permit."""
    return lambda name: one(name) and other(name)
