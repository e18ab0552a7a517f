"""``control-sockets``: the ways commands come in, checked and typed.

What depends on the machine (folders, files with passwords, certificates) is looked at by
``adapters.control.controlfiles``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final

from kea_twisted.config.keawords import no_address
from kea_twisted.config.model import Authentication, ControlClient, ControlSocket, TlsFiles
from kea_twisted.config.rules import Found
from kea_twisted.config.text import Map
from kea_twisted.errors import Place, Problems

HTTP_ONLY: Final = (
    "socket-address",
    "socket-port",
    "authentication",
    "trust-anchor",
    "cert-file",
    "key-file",
    "cert-required",
    "http-headers",
)
TLS_FILES: Final = ("trust-anchor", "cert-file", "key-file")
MAX_REQUEST_SIZE: Final = "max-request-size"
METRICS: Final = "metrics"
WEB: Final = "web"
REALM: Final = "kea-dhcpv4-server"

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_FIELD: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def control_sockets(found: Iterable[Found], problems: Problems) -> tuple[ControlSocket, ...]:
    """Return the channels in the order of the file; what is wrong goes to ``problems``."""
    made: list[ControlSocket] = []
    seen: dict[object, Place | None] = {}
    for section, path in found:
        socket = _unix(section, path, problems) if section.get("socket-type") == "unix" else None
        if section.get("socket-type") in ("http", "https"):
            socket = _web(section, path, problems)
        if socket is None:
            continue
        # Kea, too, has one unix socket at most.
        what = "a second unix socket" if socket.kind == "unix" else f"once more on {_at(socket)}"
        key = "unix" if socket.kind == "unix" else (socket.address, socket.port or object())
        if key in seen:
            first = f" at {seen[key]}" if seen[key] else ""
            problems.error(section.place, f"{path} is {what}, the first is{first or ' before it'}")
        else:
            seen[key] = section.place
            made.append(socket)
    return tuple(made)


def _unix(section: Map, path: str, problems: Problems) -> ControlSocket | None:
    for key in HTTP_ONLY:
        if key in section:
            problems.warning(section.key_place(key), f"'{key}' in {path} has no effect on a unix socket")
    if _switched(section, METRICS, False, path, problems):
        text = f"'{METRICS}' in the user-context of {path} has no effect on a unix socket: it needs an HTTP socket"
        problems.warning(section.place_of("user-context"), text)
    name = section.get("socket-name")
    if name is None:
        text = f"'socket-name' is missing in {path}"
        problems.error(section.place, text, "Mandatory 'socket-name' parameter missing")
    elif not name.rpartition("/")[2]:
        problems.error(section.place_of("socket-name"), f"'socket-name' in {path} names no file")
    return ControlSocket("unix", name=name or "", place=section.place_of("socket-name"))


def _web(section: Map, path: str, problems: Problems) -> ControlSocket:
    if "socket-name" in section:
        text = f"'socket-name' in {path} is for unix sockets: socket-address is what is meant"
        problems.error(section.key_place("socket-name"), text)
    address = section.get("socket-address", "127.0.0.1")
    try:
        address = str(ip_address(address))
    except ValueError:
        text = f"'socket-address' in {path} is not an IP address"
        kea = f"failed to convert '{address}' to address: {no_address(address)}"
        problems.error(section.place_of("socket-address"), text, kea)
    return ControlSocket(
        section["socket-type"],
        address=address,
        port=section.get("socket-port", 8000),
        authentication=_authentication(section, path, problems),
        tls=_tls(section, path, problems),
        headers=tuple(_headers(section, path, problems)),
        max_request=_max_request(section, path, problems),
        metrics=_switched(section, METRICS, False, path, problems),
        web=_switched(section, WEB, True, path, problems),
        place=section.place,
    )


def _tls(section: Map, path: str, problems: Problems) -> TlsFiles | None:
    files = [section.get(key, "") for key in TLS_FILES]
    missing = ", ".join(key for key, name in zip(TLS_FILES, files, strict=True) if not name)
    if not any(files):
        if section["socket-type"] == "https":
            text = f"{path} needs {missing} for https"
            problems.error(section.place, text, "no TLS setup for a HTTPS control socket")
        return None
    if missing:
        problems.error(section.place, f"{missing} missing in {path}: TLS needs all of {', '.join(TLS_FILES)}")
        return None
    places = tuple(section.place_of(key) for key in TLS_FILES)
    return TlsFiles(files[0], files[1], files[2], section.get("cert-required", True), places)


def _max_request(section: Map, path: str, problems: Problems) -> int:
    """Return the bound on requests, which no Kea has: it is in the user-context, which a Kea ignores."""
    context = section.get("user-context")
    size = context.get(MAX_REQUEST_SIZE, 0) if isinstance(context, dict) else 0
    if type(size) is int and size >= 0:
        return size
    text = f"'{MAX_REQUEST_SIZE}' in the user-context of {path} must be a number of bytes"
    problems.error(section.place_of("user-context"), text)
    return 0


def _switched(section: Map, name: str, default: bool, path: str, problems: Problems) -> bool:
    """Return True if pages are enabled, in the user-context as well."""
    context = section.get("user-context")
    found = context.get(name, default) if isinstance(context, dict) else default
    if type(found) is not bool:
        text = f"'{name}' in the user-context of {path} must be true or false"
        problems.error(section.place_of("user-context"), text)
    return found is True


def _headers(section: Map, path: str, problems: Problems) -> Iterator[tuple[str, str]]:
    for index, header in enumerate(section.get("http-headers", ())):
        if not isinstance(header, Map) or "name" not in header or "value" not in header:
            continue
        name, value = header["name"], header["value"]
        where = f"{path}.http-headers[{index}]"
        if not _TOKEN.fullmatch(name):
            problems.error(header.place_of("name"), f"'name' in {where} is not the name of a header")
        elif not value or not _FIELD.fullmatch(value):
            problems.error(header.place_of("value"), f"'value' in {where} is not the value of a header")
        else:
            yield name, value


def _authentication(section: Map, path: str, problems: Problems) -> Authentication | None:
    found = section.get("authentication")
    if not isinstance(found, Map):
        return None
    where = f"{path}.authentication"
    realm = found.get("realm", "") or REALM
    if '"' in realm or not _FIELD.fullmatch(realm):
        problems.error(found.place_of("realm"), f"'realm' in {where} must be text in one line without quotes")
    clients = (
        _client(client, f"{where}.clients[{index}]", problems)
        for index, client in enumerate(found.get("clients", ()))
        if isinstance(client, Map)
    )
    return Authentication(realm, found.get("directory", ""), tuple(clients))


# From examples and manuals; Kea refuses them, too.
_WELL_KNOWN = frozenset(("keatest", "1234", "*****"))


def _client(section: Map, path: str, problems: Problems) -> ControlClient:
    for key in ("user", "password"):
        if key in section and f"{key}-file" in section:
            text = f"'{key}' and '{key}-file' in {path}: only one of them can hold"
            problems.error(section.key_place(f"{key}-file"), text)
    if "user" in section:
        if not section["user"] or ":" in section["user"]:
            text = f"'user' in {path} must not be empty, and must have no colon"
            kea = f"user must not contain a ':': '{section['user']}'" if section["user"] else "user must not be empty"
            problems.error(section.place_of("user"), text, kea)
    elif "user-file" not in section and "password-file" not in section:
        problems.error(section.place, f"{path} has no user")
    if section.get("password") in _WELL_KNOWN:
        problems.error(section.place_of("password"), f"'password' in {path} is a publicly known one: choose another")
    return ControlClient(
        user=section.get("user", ""),
        user_file=section.get("user-file", ""),
        password=section.get("password", ""),
        password_file=section.get("password-file", ""),
        place=section.place,
    )


def _at(socket: ControlSocket) -> str:
    return f"[{socket.address}]:{socket.port}" if ":" in socket.address else f"{socket.address}:{socket.port}"
