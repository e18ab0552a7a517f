"""Gathers the picture of a server and its partner: each is asked by its own way, and the file is read."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from kea_twisted import config as configuration
from kea_twisted.config.model import Settings
from kea_twisted.config.unparse import effective
from kea_twisted.ctl import find
from kea_twisted.ctl.channel import UNSUPPORTED, Channel, Refused, Unreachable
from kea_twisted.ctl.partner import FORBIDDEN
from kea_twisted.ctl.session import Session
from kea_twisted.doctor.compare import common_part
from kea_twisted.doctor.picture import File, Node, Picture, Tree
from kea_twisted.errors import ConfigError
from kea_twisted.jsonvalue import Json

COMMAND: Final = "picture-get"
_PASSWORDS: Final = frozenset({"password", "basic-auth-password", "secret"})


def gather(session: Session) -> Picture:
    """Ask the server and its partner. Raises UsageError where no way to a server is known."""
    channel = session.channel
    first = _node(channel, find.own_name(session.tree) or "server")
    return Picture((first, *_partners(session, first)), file_of(session.file))


def _partners(session: Session, first: Node) -> Iterator[Node]:
    """Yield the partner of the server that was asked; of the hub of several relationships, of the first one."""
    known = {name: (url, entry) for name, url, entry in find.peers(session.tree)}
    for peer in first.peers:
        if peer.get("role") != "backup" and peer.get("url"):
            known.setdefault(str(peer["name"]), (str(peer["url"]), peer))
    name = str(first.remote.get("server-name", "")) or next((each for each in known if each != first.name), "")
    if name not in known or name == first.name:
        return
    url, entry = known[name]
    try:
        yield _node(find.peer_channel(url, entry, session.access), name)
    except OSError as error:  # a certificate that cannot be read
        yield Node(name, url, trouble=f"TLS: {error.strerror or error}")


def _node(channel: Channel, name: str) -> Node:
    """Ask one server; one that does not know the command is a Kea."""
    try:
        begun = time.time()
        answer = channel.ask(COMMAND).checked().arguments
        ahead = answer["time"] - (begun + time.time()) / 2
        node = Node(name, channel.name, answer, ahead=ahead)
    except (Unreachable, Refused, KeyError) as error:
        if not isinstance(error, Refused) or error.result not in (UNSUPPORTED, *FORBIDDEN):
            return Node(name, channel.name, trouble=str(error))
        node = _kea(channel, name)
    return node._replace(name=str(node.local.get("server-name") or name))


def _kea(channel: Channel, name: str) -> Node:
    """Ask a Kea by the commands that it has, as far as it permits them."""
    found: dict[str, object] = {}
    try:
        found["status"] = channel.ask("status-get").checked().arguments
    except (Unreachable, Refused) as error:
        return Node(name, channel.name, trouble=str(error), is_ours=False)
    with suppress(Unreachable, Refused):
        dhcp4 = channel.ask("config-get").checked().arguments["Dhcp4"]
        found["common"] = common_part(dhcp4)
        found["lease-database"] = dhcp4.get("lease-database", {})
        found["subnets"] = list(subnets(dhcp4, channel.ask("statistic-get-all").checked().arguments))
    return Node(name, channel.name, found, is_ours=False)


def subnets(dhcp4: Tree, statistics: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the subnets of a configuration with their counts of addresses."""
    shared = [subnet for network in dhcp4.get("shared-networks", []) for subnet in network.get("subnet4", [])]
    for subnet in [*dhcp4.get("subnet4", []), *shared]:
        counts = {
            what: statistics.get(f"subnet[{subnet['id']}].{what}-addresses", [[0]])[0][0]
            for what in ("total", "assigned", "declined")
        }
        yield {"id": subnet["id"], "subnet": subnet["subnet"], **counts}


def file_of(file: find.File) -> File:
    """The file as the next start would read it; one that may not be read is no fault."""
    if not file.path or not os.access(file.path, os.R_OK):
        return File()
    trouble, common = file.trouble, None
    try:
        common = common_part(in_full(configuration.load(find.text(file.path), file.path, find.text)))
    except ConfigError as error:
        trouble = str(error.problems[0])
    except OSError as error:
        trouble = error.strerror or str(error)
    mode = os.stat(file.path).st_mode
    return File(file.path, trouble, common, _has_password(file.tree), bool(mode & stat.S_IROTH))


def in_full(settings: Settings) -> dict[str, Json]:
    """A configuration as the server shows it, the parameters of high availability with their defaults, too."""
    from kea_twisted.ha.keywords import with_defaults  # for pairs

    dhcp4: dict[str, Json] = effective(settings)["Dhcp4"]
    for library in dhcp4["hooks-libraries"]:
        if "high-availability" in library.get("parameters", {}):
            library["parameters"] = with_defaults(library["parameters"])
    return dhcp4


def _has_password(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(
            (name in _PASSWORDS and isinstance(each, str) and bool(each)) or _has_password(each)
            for name, each in value.items()
        )
    return isinstance(value, list) and any(map(_has_password, value))
