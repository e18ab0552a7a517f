"""A checked ``DhcpDdns`` map becomes DdnsSettings (Kea: d2_parser.yy, d2_config.cc, d2_simple_parser.cc)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Final

import dns.exception
import dns.name

from kea_twisted.config.check import Checker
from kea_twisted.config.controlsockets import REALM, control_sockets
from kea_twisted.config.model import (
    ControlSocket,
    ExpiredLeases,
    InterfacesConfig,
    LeaseDatabase,
    LoggerSettings,
    Settings,
)
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.config.parse import loggers, maps
from kea_twisted.config.text import List, Map, parse, without_places
from kea_twisted.ddns.keywords import OLD_NAMES, ROOT_LOGGER, SCOPES, TOP
from kea_twisted.ddns.settings import WILDCARD, DdnsSettings, DnsServer, Domain, Domains, TsigKey
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.jsonvalue import Json

ReadText = Callable[[str], str]
OutsideCheck = Callable[[Settings, Problems], None]

ALGORITHMS: Final = {
    "hmac-md5": 80,
    "hmac-sha1": 80,
    "hmac-sha224": 112,
    "hmac-sha256": 128,
    "hmac-sha384": 192,
    "hmac-sha512": 256,
}
"""Kea's algorithms, and the least number of bits that is left of each when a MAC is cut (RFC 8945 section 5.2.2.1)."""


def load(
    text: str, file: str, read_include: ReadText, read_secret: ReadText, checks: tuple[OutsideCheck, ...] = ()
) -> DdnsSettings:
    """Settings from the text of a configuration file. Raises ConfigError with everything that is wrong.

    ``read_secret`` returns the first line of a file with a secret and raises ValueError.
    """
    problems = Problems()
    return _build(parse(text, file, read_include, problems), problems, read_secret, checks)


def load_tree(tree: Json, read_secret: ReadText, checks: tuple[OutsideCheck, ...] = ()) -> DdnsSettings:
    """Settings from a command's JSON, which stays as it is. Raises ConfigError without places."""
    return _build(without_places(tree), Problems(), read_secret, checks)


def load_loggers(text: str, file: str, read_include: ReadText) -> tuple[LoggerSettings, ...]:
    """Return the loggers of a configuration that has errors elsewhere; none if they have errors themselves."""
    try:
        document = parse(text, file, read_include)
        top = document.get(TOP) if isinstance(document, Map) else None
        found = top.get("loggers") if isinstance(top, Map) else None
        return load_tree({TOP: {"loggers": found}}, str).base.loggers if found else ()
    except ConfigError:
        return ()


def _build(document: Json, problems: Problems, read_secret: ReadText, checks: tuple[OutsideCheck, ...]) -> DdnsSettings:
    if problems.structure_is_lost:
        problems.raise_errors()
    top = _top(document, problems)
    if top is None:
        problems.raise_errors()
        raise AssertionError("a document without DhcpDdns is an error")
    checker = Checker(problems, complete=not problems.errors, scopes=SCOPES, old_names=OLD_NAMES, top=TOP)
    checker.check(top, "ddns", TOP)
    keys = _keys(top, read_secret, problems)
    base = _base(top, problems)
    settings = DdnsSettings(
        tree=top,
        base=base,
        forward=_domains(top, "forward-ddns", keys, problems),
        reverse=_domains(top, "reverse-ddns", keys, problems),
        keys=tuple(keys.values()),
        address=_value(top, "ip-address"),
        port=_value(top, "port"),
        dns_server_timeout=_value(top, "dns-server-timeout"),
    )
    for check in checks:
        check(base, problems)
    problems.raise_errors()
    return replace(settings, base=replace(base, warnings=tuple(problems.warnings)))


def _value(top: Map, name: str) -> Json:
    """Return what the file has under a keyword, or the keyword's default."""
    return top.get(name, SCOPES["ddns"][name].default)


def _top(document: Json, problems: Problems) -> Map | None:
    """The DhcpDdns map. Anything beside it is an error."""
    if not isinstance(document, Map):
        if not problems.errors:
            problems.error(document.place if isinstance(document, List) else None, "a configuration is a map")
        return None
    for key in document:
        if key != TOP:
            kea = f"contains unsupported '{key}' parameter"
            text = f"unexpected '{key}' at the top of the configuration: only '{TOP}' may be there"
            problems.error(document.key_place(key), text, kea)
    top = document.get(TOP)
    if not isinstance(top, Map):
        if TOP in document:
            problems.error(document.place_of(TOP), f"'{TOP}' must be a map")
        elif not problems.errors:
            problems.error(document.place, f"'{TOP}' is missing")
        return None
    return top


def _base(top: Map, problems: Problems) -> Settings:
    """Return the parts that every server has, as those of the DHCP server."""
    for section, path in maps(top, "hooks-libraries"):
        text = f"{path}: hook libraries of kea-dhcp-ddns are not supported: remove '{section.get('library', '')}'"
        problems.error(section.place, text)
    for section, _ in maps(top, "loggers"):
        section.setdefault("name", ROOT_LOGGER)
    return Settings(
        tree=top,
        interfaces_config=InterfacesConfig(),
        lease_database=LeaseDatabase(persist=False),
        expired_leases_processing=ExpiredLeases(),
        subnets=(),
        shared_networks=(),
        options=OptionSet(),
        loggers=loggers(top),
        hooks_libraries=(),
        control_sockets=tuple(_with_realm(each) for each in control_sockets(maps(top, "control-sockets"), problems)),
    )


def _with_realm(socket: ControlSocket) -> ControlSocket:
    """Return a socket whose default realm is that of kea-dhcp-ddns."""
    found = socket.authentication
    if found is None or found.realm != REALM:
        return socket
    return replace(socket, authentication=replace(found, realm="kea-dhcp-ddns-server"))


# --- keys


def _keys(top: Map, read_secret: ReadText, problems: Problems) -> dict[str, TsigKey]:
    keys: dict[str, TsigKey] = {}
    for section, path in maps(top, "tsig-keys"):
        key = _key(section, path, read_secret, problems)
        if key is None:
            continue
        if key.name in keys:
            text = f"TSIG key '{key.name}' in {path} is given twice"
            problems.error(section.place_of("name"), text, f"Duplicate TSIG key name specified : {key.name}")
        keys[key.name] = key
    return dict(sorted(keys.items()))


def _key(section: Map, path: str, read_secret: ReadText, problems: Problems) -> TsigKey | None:
    name, algorithm = section.get("name"), section.get("algorithm", "").lower()
    least = ALGORITHMS.get(algorithm)
    if least is None and algorithm:
        text = f"'algorithm' in {path} must be one of {', '.join(ALGORITHMS)}"
        kea = f"tsig-key : Unknown TSIG Key algorithm: {section['algorithm']}"
        problems.error(section.place_of("algorithm"), text, kea)
    bits = section.get("digest-bits", 0)
    if bits % 8:
        text = f"'digest-bits' in {path} must be zero or a multiple of eight"
        kea = "TSIG key digest-bits must either be zero or a positive, multiple of eight"
        problems.error(section.place_of("digest-bits"), text, kea)
    elif least is not None and 0 < bits < least:
        text = f"'digest-bits' in {path} must be at least {least} for {algorithm}"
        problems.error(section.place_of("digest-bits"), text, "tsig-key: digest-bits too small : ")
    secret = _secret(section, path, read_secret, problems)
    if name is None or least is None or secret is None or not _is_name(section, "name", path, problems):
        return None
    return TsigKey(name, algorithm, secret, bits)


def _secret(section: Map, path: str, read_secret: ReadText, problems: Problems) -> bytes | None:
    """Return the secret of a key; None if there is none that can be used."""
    given = [keyword for keyword in ("secret", "secret-file") if keyword in section]
    if len(given) != 1:
        text = f"{path} needs 'secret' or 'secret-file'" + (", not both" if given else "")
        problems.error(section.place, text, "" if given else "missing parameter 'secret'")
        return None
    keyword = given[0]
    place = section.place_of(keyword)
    with problems.catching(place):
        text = section[keyword] if keyword == "secret" else read_secret(section[keyword])
        try:
            secret = base64.b64decode(text.strip(), validate=True)
        except ValueError:
            raise ValueError(f"'{keyword}' in {path} is not base64") from None
        if secret:
            return secret
        raise ValueError(f"'{keyword}' in {path} is empty")
    return None


# --- domains


def _domains(top: Map, direction: str, keys: dict[str, TsigKey], problems: Problems) -> Domains:
    by_name: dict[str, Domain] = {}
    for section, path in maps(top.get(direction, Map()), "ddns-domains", f"{direction}."):
        name = section.get("name")
        if name is None or not _is_name(section, "name", path, problems):
            continue
        absolute = name if name == WILDCARD or name.endswith(".") else f"{name}."
        if absolute != name and name != WILDCARD:
            text = f"'name' in {path} has no dot at its end, and is read as '{absolute}': Kea matches nothing with it"
            problems.warning(section.place_of("name"), text)
        if absolute.lower() in by_name:
            text = f"domain '{name}' in {path} is given twice"
            problems.error(section.place_of("name"), text, f"Duplicate domain specified:{name}")
        by_name[absolute.lower()] = Domain(absolute, _servers(section, path, keys, problems))
    return Domains(by_name)


def _servers(domain: Map, path: str, keys: dict[str, TsigKey], problems: Problems) -> tuple[DnsServer, ...]:
    common = _named_key(domain, path, keys, problems, "DdnsDomain")
    found = []
    for section, inner in maps(domain, "dns-servers", f"{path}."):
        if section.get("hostname"):
            text = f"'hostname' in {inner} is not supported: write 'ip-address'"
            problems.error(section.place_of("hostname"), text, "hostname is not yet supported")
        key = _named_key(section, inner, keys, problems, "Dns Server") if section.get("key-name") else common
        if "ip-address" in section:
            found.append(DnsServer(str(ip_address(section["ip-address"])), section.get("port", 53), key))
    if "dns-servers" in domain and not domain["dns-servers"]:
        text = f"'dns-servers' in {path} must not be empty"
        problems.error(domain.place_of("dns-servers"), text, "DNS server list cannot be empty")
    return tuple(found)


def _named_key(section: Map, path: str, keys: dict[str, TsigKey], problems: Problems, kea: str) -> TsigKey | None:
    name = section.get("key-name", "")
    if not name:
        return None
    if name not in keys:
        text = f"'key-name' in {path}: '{name}' is not in tsig-keys"
        problems.error(section.place_of("key-name"), text, f"{kea} : specifies an undefined key: {name}")
    return keys.get(name)


def _is_name(section: Map, keyword: str, path: str, problems: Problems) -> bool:
    """Return True for a domain name; otherwise report it."""
    try:
        dns.name.from_text(section[keyword])
        return True
    except (dns.exception.DNSException, UnicodeError) as error:
        problems.error(section.place_of(keyword), f"'{keyword}' in {path} is not a domain name: {error}")
        return False
