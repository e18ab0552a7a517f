"""The name of a client: host name (option 12) and FQDN (option 81), and which of its names the server updates.

A name goes into the lease and back to the client. The answer to an FQDN says who updates the DNS (RFC 4702 section 4);
the names of a client that sends a host name, or none, are the server's to update. The configuration says what a name
may consist of, which suffix an unqualified one gets, and when the server makes one from the address instead of the
client's.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.config.model import NameRules
from kea_twisted.engine.effects import DnsName
from kea_twisted.engine.exchange import Exchange
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import OPT_FQDN, OPT_HOST_NAME
from kea_twisted.wire.dnsname import label_count, raw_text
from kea_twisted.wire.fqdn import FLAG_E, FLAG_N, FLAG_O, FLAG_S, ClientFqdn, pack_fqdn, unpack_fqdn

_BLANKS: Final = " \t\n"


class ClientName(NamedTuple):
    """``hostname`` for the lease, and the option that tells the client (0: none); ``generated``: from the address.

    ``forward`` and ``reverse``: the server updates the name, the pointer of the address.
    """

    hostname: str
    code: int
    payload: bytes
    generated: bool = False
    forward: bool = False
    reverse: bool = False


def client_name(
    exchange: Exchange, address: int, rules: NameRules, reserved: str = "", updates: bool = False
) -> ClientName | None:
    """The name of a client that is going to get this address; None if there is none.

    A ``reserved`` name takes precedence over the client's, and is sent even to a client without a name. ``updates``:
    names in the DNS are updated at present.
    """
    options = exchange.message.options
    fqdn = options.get(OPT_FQDN)
    try:
        if fqdn is not None:
            return _from_fqdn(fqdn, address, rules, reserved, updates and rules.sends)
        name: ClientName | None
        if reserved:
            name = _host_name(stored_hostname(qualified(reserved, rules.suffix).removesuffix(".")))
        else:
            name = _from_host_name(options.get(OPT_HOST_NAME), address, rules)
        return name._replace(forward=True, reverse=True) if name is not None and updates and rules.sends else name
    except ValueError:  # what is left of it is no domain name: the rest of the message is still good
        return None


def _from_fqdn(payload: bytes, address: int, rules: NameRules, reserved: str, updates: bool) -> ClientName | None:
    asked = unpack_fqdn(payload)
    generated = False
    if reserved:
        name = qualified(reserved, rules.suffix)
    elif rules.replaces_sent or not (asked.name or asked.complete):
        name, generated = _generated(address, rules), True
    else:
        name = asked.name
        if rules.forbidden is not None:
            name = _sifted(name, rules)
            if not name:
                return None
        if not asked.complete:
            name = qualified(name, rules.suffix)
    name = stored_hostname(name.removesuffix("."))
    flags = server_flags(asked.flags, rules, updates)
    answer = pack_fqdn(ClientFqdn(flags, name, True), payload[1:3])
    return ClientName(name + ".", OPT_FQDN, answer, generated, bool(flags & FLAG_S), not flags & FLAG_N)


def renamed(name: ClientName | None, new_name: DnsName) -> ClientName | None:
    """Return the name that a hook library wants in place of one; no option is added to the reply.

    Kea answers an FQDN whose name a library changes as if it were not updated. Here the flags say what is done. Raises
    ValueError for what is no domain name.
    """
    hostname = stored_hostname(new_name.hostname)
    if not hostname:
        return None
    label_count(hostname)
    code, payload = (name.code, name.payload) if name is not None else (0, b"")
    if code == OPT_HOST_NAME:
        payload = new_name.hostname.encode("latin-1", "replace")
    elif code == OPT_FQDN:
        payload = _renamed_fqdn(payload, hostname, new_name)
    return ClientName(hostname, code, payload, False, new_name.forward, new_name.reverse)


def _renamed_fqdn(payload: bytes, hostname: str, new_name: DnsName) -> bytes:
    before = payload[0]
    asked = bool(before & FLAG_S) != bool(before & FLAG_O)
    flags = before & FLAG_E | (FLAG_S if new_name.forward else 0) | (0 if new_name.reverse else FLAG_N)
    if asked != new_name.forward:
        flags |= FLAG_O
    return pack_fqdn(ClientFqdn(flags, hostname.removesuffix("."), True), payload[1:3])


def server_flags(asked: int, rules: NameRules, updates: bool) -> int:
    """Return the flags of the answer to an FQDN with these flags: who updates the DNS (RFC 4702 section 4)."""
    forward, reverse = False, False
    if updates and asked & FLAG_N:
        forward = reverse = rules.overrides_no_update
    elif updates:
        forward, reverse = bool(asked & FLAG_S) or rules.overrides_client_update, True
    flags = (FLAG_S if forward else 0) | (0 if reverse else FLAG_N) | asked & FLAG_E
    if bool(asked & FLAG_S) != forward:
        flags |= FLAG_O  # RFC 4702 section 3.1: the client wished otherwise
    return flags


def _from_host_name(payload: bytes | None, address: int, rules: NameRules) -> ClientName | None:
    if payload is None:
        return _generated_host_name(address, rules) if rules.replaces_none else None
    name = payload.rstrip(b"\0").decode("latin-1").strip(_BLANKS)
    if not name:
        return None
    labels = label_count(name)
    if rules.replaces_sent or not labels:
        return _generated_host_name(address, rules)
    if rules.forbidden is not None:
        name = rules.forbidden.sub(lambda _: rules.replacement, name)
        if not name:
            return None
    name = stored_hostname(name)
    if labels == 1:
        name = qualified(name, rules.suffix).removesuffix(".")
    return _host_name(name)


def _generated_host_name(address: int, rules: NameRules) -> ClientName:
    name = _generated(address, rules).removesuffix(".")
    return _host_name(name)._replace(hostname=stored_hostname(name), generated=True)


def _host_name(name: str) -> ClientName:
    return ClientName(name, OPT_HOST_NAME, name.encode("latin-1", "replace"))


def _sifted(text: str, rules: NameRules) -> str:
    """Return the labels of a name without the characters that are not allowed."""
    assert rules.forbidden is not None
    labels = raw_text(text).split(".")
    return ".".join([rules.forbidden.sub(lambda _: rules.replacement, label) for label in labels])


def _generated(address: int, rules: NameRules) -> str:
    return qualified(f"{rules.prefix}-{address_text(address).replace('.', '-')}", rules.suffix)


def qualified(name: str, suffix: str) -> str:
    """Return the name with the suffix behind it, unless it ends in a dot or has that suffix."""
    bare = suffix.removesuffix(".")
    if not suffix or name == bare or name.endswith((".", f".{bare}")):
        return name
    return f"{name}.{suffix}"
