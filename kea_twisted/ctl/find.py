"""Where the server is: from a Kea configuration file to its control sockets and HA peers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kea_twisted.config.text import parse
from kea_twisted.ctl.channel import Channel, HttpChannel, UnixChannel, tls_context

PLACES: Final = ("/usr/local/etc/kea/kea-dhcp4.conf", "/etc/kea/kea-dhcp4.conf")

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Access:
    """What is needed to be let in over HTTP, as far as the command line says it."""

    timeout: float = 10.0
    user: str = ""
    password: str = ""
    trust_anchor: str = ""
    certificate: str = ""
    key: str = ""


def read(path: str) -> Tree:
    """The ``Dhcp4`` map of a configuration file; OSError, UnicodeDecodeError, ConfigError."""
    tree = document(path)
    found = tree.get("Dhcp4", {}) if isinstance(tree, dict) else {}
    return found if isinstance(found, dict) else {}


def document(path: str) -> Any:
    """A whole configuration file as JSON values, without comments, includes put in."""
    return parse(_text(path), path, _text)


def control_channel(tree: Tree, access: Access) -> Channel | None:
    """The first control socket of a configuration, a unix one before HTTP."""
    sockets = [each for each in tree.get("control-sockets", ()) if isinstance(each, dict)]
    if isinstance(tree.get("control-socket"), dict):
        sockets.insert(0, tree["control-socket"])
    for each in sockets:
        if each.get("socket-type") == "unix" and each.get("socket-name"):
            return UnixChannel(os.path.join(socket_folder(), str(each["socket-name"])), access.timeout)
    for each in sockets:
        if each.get("socket-type") in ("http", "https"):
            return http_channel(_url(each), _with(access, each))
    return None


def own_name(tree: Tree) -> str:
    """What this server calls itself among its peers; "" without high availability."""
    return next((str(each.get("this-server-name", "")) for each in _relationships(tree)), "")


def peers(tree: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Name, URL and entry of each HA peer that serves clients, this server included."""
    for relationship in _relationships(tree):
        for peer in relationship.get("peers", ()):
            if isinstance(peer, dict) and peer.get("role") != "backup" and peer.get("url"):
                yield str(peer.get("name", "")), str(peer["url"]), relationship | peer


def peer_channel(url: str, entry: Tree, access: Access) -> Channel:
    """The way to a peer, with the credentials and certificates the configuration has for it."""
    return http_channel(url, _with(access, entry))


def http_channel(url: str, access: Access) -> Channel:
    """The way to a URL; OSError when a certificate cannot be read."""
    tls = None
    if url.startswith("https:"):
        tls = tls_context(access.trust_anchor, access.certificate, access.key)
    return HttpChannel(url, access.timeout, access.user, access.password, tls)


def socket_folder() -> str:
    """Where unix sockets with a bare name are."""
    folder = "/var/run/kea" if "bsd" in sys.platform else "/run/kea"
    return os.environ.get("KEA_CONTROL_SOCKET_DIR") or folder


def _relationships(tree: Tree) -> Iterator[dict[str, Any]]:
    for hook in tree.get("hooks-libraries", ()):
        parameters = hook.get("parameters") if isinstance(hook, dict) else None
        found = parameters.get("high-availability", ()) if isinstance(parameters, dict) else ()
        yield from (each for each in found if isinstance(each, dict))


def _url(entry: Tree) -> str:
    address = str(entry.get("socket-address", "127.0.0.1"))
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    host = f"[{address}]" if ":" in address else address
    scheme = "https" if entry.get("socket-type") == "https" or entry.get("trust-anchor") else "http"
    return f"{scheme}://{host}:{entry.get('socket-port', 8000)}/"


def _with(access: Access, entry: Tree) -> Access:
    """The command line first, then the entry of the configuration. A masked password is none."""
    clients = (entry.get("authentication") or {}).get("clients") or [{}]
    folder = (entry.get("authentication") or {}).get("directory", "")
    user, password = clients[0].get("user", ""), clients[0].get("password", "")
    user = user or _file(folder, clients[0].get("user-file")) or str(entry.get("basic-auth-user", ""))
    password = password or _file(folder, clients[0].get("password-file"))
    password = password or str(entry.get("basic-auth-password", ""))
    password = password or _file("", entry.get("basic-auth-password-file"))
    return Access(
        access.timeout,
        access.user or user,
        access.password or ("" if password.strip("*") == "" else password),
        access.trust_anchor or str(entry.get("trust-anchor", "")),
        access.certificate,
        access.key,
    )


def _file(folder: str, name: object) -> str:
    if not isinstance(name, str):
        return ""
    try:
        return _text(os.path.join(folder, name)).partition("\n")[0]
    except OSError:
        return ""


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
