"""Discovery of the server: from a Kea configuration file to its control sockets and HA peers, or in the run folder.

A broken file is read as far as it can be: the server that runs with what the file was before is then still reached.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from kea_twisted.config.text import parse
from kea_twisted.ctl.channel import Channel, HttpChannel, Refused, UnixChannel, Unreachable, tls_context
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json

PLACES: Final = ("/usr/local/etc/kea/kea-dhcp4.conf", "/etc/kea/kea-dhcp4.conf")

Tree = Mapping[str, Json]


@dataclass(frozen=True)
class Access:
    """Credentials for HTTP, as far as the command line gives them."""

    timeout: float = 10.0
    user: str = ""
    password: str = ""
    trust_anchor: str = ""
    certificate: str = ""
    key: str = ""


class File(NamedTuple):
    """A configuration file. ``trouble`` says what is wrong with it, "" for nothing."""

    path: str = ""
    tree: Tree = {}
    trouble: str = ""
    is_missing: bool = False


def read(path: str) -> File:
    """The ``Dhcp4`` map of a configuration file, as far as the file can be read and understood."""
    try:
        found = text(path)
    except OSError as error:
        return File(path, {}, f"{path}: {_reason(error)}", isinstance(error, FileNotFoundError))
    problems = Problems()
    tree = parse(found, path, text, problems)
    dhcp4 = tree.get("Dhcp4", {}) if isinstance(tree, dict) else {}
    return File(
        path,
        dhcp4 if isinstance(dhcp4, dict) else {},
        str(problems.errors[0]) if problems.errors else "",
    )


def installed() -> File:
    """The file where Kea's packages put it; the first that exists, even if it may not be read."""
    for path in PLACES:
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            pass  # a folder that is closed to us: reading gives the reason
        return read(path)
    return File()


def document(path: str) -> object:
    """A whole configuration file as JSON values, without comments, includes put in. Raises ConfigError, OSError."""
    return parse(text(path), path, text)


def run_folder_channels(access: Access) -> list[Channel]:
    """The DHCPv4 servers that answer on unix sockets of any name in the run folder. Raises OSError."""
    folder = socket_folder()
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    channels = [UnixChannel(path, access.timeout) for path in paths if _is_socket(path)]
    return [channel for channel in channels if _is_dhcp4(channel)]


def _is_socket(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISSOCK(os.stat(path).st_mode)
    return False


def _is_dhcp4(channel: Channel) -> bool:
    with suppress(Unreachable, Refused):
        return "Dhcp4" in channel.ask("config-get").arguments
    return False


def is_of(channel: Channel, tree: Tree) -> bool:
    """Return True if the server that answers is the one of a configuration.

    It is the same peer with the same leases, and has one of the subnets: two servers may have lease files of one name.
    """
    with suppress(Unreachable, Refused):
        found = channel.ask("config-get").checked().arguments.get("Dhcp4", {})
        here, there = _subnets(tree), _subnets(found)
        common = bool(here & there) if here and there else True
        return common and own_name(found) == own_name(tree) and _has_leases_of(found, tree)
    return False


def _subnets(tree: Tree) -> set[str]:
    places = (tree, *_maps(tree, "shared-networks"))
    return {str(subnet.get("subnet", "")) for place in places for subnet in _maps(place, "subnet4")}


def _has_leases_of(found: Tree, tree: Tree) -> bool:
    """Return True if two configurations have one storage; a lease file may be named with or without its folder."""
    one, other = _map(found, "lease-database"), _map(tree, "lease-database")
    kind = one.get("type", "memfile")
    if kind != other.get("type", "memfile"):
        return False
    if kind != "memfile":
        places = [(each.get("host") or "localhost", each.get("port") or 0, each.get("name")) for each in (one, other)]
        return places[0] == places[1]
    names = [os.path.normpath(str(each.get("name") or "kea-leases4.csv")) for each in (one, other)]
    if not all(map(os.path.isabs, names)):
        names = list(map(os.path.basename, names))
    return names[0] == names[1]


def control_channel(tree: Tree, access: Access) -> Channel | None:
    """The first control socket of a configuration, a unix one before HTTP."""
    for each in _sockets(tree):
        if each.get("socket-type") == "unix" and each.get("socket-name"):
            return UnixChannel(os.path.join(socket_folder(), str(each["socket-name"])), access.timeout)
    socket = http_socket(tree)
    return None if socket is None else socket_channel(socket, access)


def http_socket(tree: Tree) -> Tree | None:
    """The first control socket over HTTP; None without one."""
    return next((each for each in _sockets(tree) if each.get("socket-type") in ("http", "https")), None)


def socket_channel(entry: Tree, access: Access) -> Channel:
    """The way to a control socket over HTTP, with the credentials that stand there. Raises OSError."""
    return http_channel(_url(entry), _with(access, entry))


def _sockets(tree: Tree) -> list[dict[str, object]]:
    sockets = list(_maps(tree, "control-sockets"))
    if isinstance(tree.get("control-socket"), dict):
        sockets.insert(0, tree["control-socket"])
    return sockets


def own_name(tree: Tree) -> str:
    """Return the name of this server among its peers; "" without high availability."""
    relationship = next(_relationships(tree), None)
    if relationship is None:
        return ""
    if "this-server-name" not in relationship and relationship.get("peers"):
        from kea_twisted.adapters.partner.identity import this_host  # for files without the name
        from kea_twisted.ha.ownname import fill_in

        fill_in({"high-availability": [relationship]}, this_host)
    return str(relationship.get("this-server-name", ""))


def listeners(tree: Tree, access: Access) -> Iterator[Channel]:
    """The listeners for HA partners, this server's own first. They permit the commands of partners. Raises OSError."""
    own = own_name(tree)
    for _, url, entry in sorted(peers(tree), key=lambda peer: peer[0] != own):
        yield peer_channel(url, entry, access)


def own_listener(tree: Tree, access: Access) -> Iterator[Channel]:
    """The listener of this server for HA partners. Raises OSError."""
    own = own_name(tree)
    yield from (peer_channel(url, entry, access) for name, url, entry in peers(tree) if own and name == own)


def peers(tree: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Name, URL and entry of each HA peer that serves clients, this server included."""
    for relationship in _relationships(tree):
        for peer in _maps(relationship, "peers"):
            if peer.get("role") != "backup" and peer.get("url"):
                yield str(peer.get("name", "")), str(peer["url"]), relationship | peer


def peer_channel(url: str, entry: Tree, access: Access) -> Channel:
    """The way to a peer, with the credentials and certificates the configuration has for it. Raises OSError.

    Its certificate is checked as the servers do it, against the trust anchor and not by its name. Where the
    configuration has certificates for a peer, the servers speak TLS whatever its URL begins with.
    """
    files = [str(entry.get(name) or "") for name in ("trust-anchor", "cert-file", "key-file")]
    own = _with(access, entry)
    if not own.certificate and all(map(_is_readable, files[1:])):
        own = replace(own, certificate=files[1], key=files[2])
    tls = None
    if url.lower().startswith("https:") or all(files):
        tls = tls_context(own.trust_anchor, own.certificate, own.key, as_servers=bool(own.trust_anchor))
    return HttpChannel(url, own.timeout, own.user, own.password, tls)


def _is_readable(path: str) -> bool:
    """Return True for a file that this user may read: the server's own key is perhaps for the server alone."""
    return bool(path) and os.access(path, os.R_OK)


def http_channel(url: str, access: Access) -> Channel:
    """The way to a URL. Raises OSError if a certificate cannot be read."""
    tls = None
    if url.lower().startswith("https:"):
        tls = tls_context(access.trust_anchor, access.certificate, access.key)
    return HttpChannel(url, access.timeout, access.user, access.password, tls)


def socket_folder() -> str:
    """Return the folder of unix sockets with a bare name."""
    folder = "/var/run/kea" if "bsd" in sys.platform else "/run/kea"
    return os.environ.get("KEA_CONTROL_SOCKET_DIR") or folder


def _relationships(tree: Tree) -> Iterator[dict[str, object]]:
    for hook in _maps(tree, "hooks-libraries"):
        yield from _maps(_map(hook, "parameters"), "high-availability")


def _map(tree: Tree, key: str) -> dict[str, Json]:
    """The map under a key; a broken file may have anything there."""
    found = tree.get(key)
    return found if isinstance(found, dict) else {}


def _maps(tree: Tree, key: str) -> Iterator[dict[str, object]]:
    """The maps in the list under a key."""
    found = tree.get(key)
    return (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))


def _url(entry: Tree) -> str:
    address = str(entry.get("socket-address", "127.0.0.1"))
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    host = f"[{address}]" if ":" in address else address
    scheme = "https" if entry.get("socket-type") == "https" or entry.get("trust-anchor") else "http"
    return f"{scheme}://{host}:{entry.get('socket-port', 8000)}/"


def _with(access: Access, entry: Tree) -> Access:
    """The command line first, then the entry of the configuration. A masked password is none."""
    authentication = _map(entry, "authentication")
    client = next(_maps(authentication, "clients"), {})
    folder = str(authentication.get("directory", ""))
    user, password = str(client.get("user", "")), str(client.get("password", ""))
    user = user or _file(folder, client.get("user-file")) or str(entry.get("basic-auth-user", ""))
    password = password or _file(folder, client.get("password-file"))
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
        return text(os.path.join(folder, name)).partition("\n")[0]
    except OSError:
        return ""


def text(path: str) -> str:
    """Return the text of a file; bytes that are not UTF-8 survive. Raises OSError."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
