"""Two servers that know each other: certificates and passwords, over real sockets on loopback."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor

from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.partner import connect as haconnect
from kea_twisted.adapters.partner.client import Partner, PartnerUnreachable
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.resolver import addresses, addresses_now
from kea_twisted.adapters.system.tls import client_options
from kea_twisted.config import load_tree
from kea_twisted.config.model import Settings, TlsFiles
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.ha.messages import heartbeat
from kea_twisted.ha.parameters import relationships_of
from kea_twisted.ha.url import parse_url
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.channels import Channels
from tests.certificates import Certificates
from tests.commands.answers import PARTNER_MAY
from tests.fakes import RecordingLog

BEAT = heartbeat("server2")


def free_port() -> int:
    """A free port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def settings(port: int, host: str = "127.0.0.1", me: dict[str, Any] | None = None, **more: Any) -> Settings:
    """server1 listens; ``me`` is more about its peer entry, ``more`` about the relationship."""
    url = f"http://{host}:{port}/"
    peers = [
        {"name": "server1", "url": url, "role": "primary", **(me or {})},
        {"name": "server2", "url": "http://127.0.0.2:1/", "role": "standby"},
    ]
    relationship = {"this-server-name": "server1", "mode": "hot-standby", "peers": peers, **more}
    parameters = {"high-availability": [relationship]}
    libraries = [{"library": "libdhcp_lease_cmds"}, {"library": "libdhcp_ha", "parameters": parameters}]
    return load_tree({"Dhcp4": {"hooks-libraries": libraries}})


def files(made: Certificates, *, client: bool = False) -> dict[str, str]:
    """The files of one side."""
    own, key = (made.client, made.client_key) if client else (made.server, made.server_key)
    return {"trust-anchor": str(made.anchor), "cert-file": str(own), "key-file": str(key)}


def tls(made: Certificates) -> Any:
    """Return the TLS settings of the asking side."""
    return client_options(TlsFiles(*files(made, client=True).values()))


class Place:
    """The listener of server1, and those who ask it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.partners: list[Partner] = []
        folders = ControlFiles(Folders("", "", "", str(folder)))
        self.channels = Channels(
            reactor, lambda: lambda _: {"result": 0, "text": "fine"}, folders, RecordingLog(), PARTNER_MAY.__contains__
        )

    def listen(self, host: str = "127.0.0.1", me: dict[str, Any] | None = None, **more: Any) -> None:
        """Open the port."""
        found = settings(self.port, host, me, **more)
        names = addresses_now([host] if host == "localhost" else [])
        self.channels.prepare(found, relationships_of(found.hooks_libraries, Problems()), names).commit()

    def ask(self, command: Any = BEAT, host: str = "127.0.0.1", **how: Any) -> Any:
        """Ask as another server does."""
        partner = Partner(reactor, parse_url(f"http://{host}:{self.port}/"), **how)
        self.partners.append(partner)
        return partner.send(command, 5.0)

    async def close(self) -> None:
        """The end."""
        for partner in self.partners:
            await partner.close()
        await self.channels.close()


@pytest_twisted.async_yield_fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    one = Place(tmp_path)
    yield one
    await one.close()


@pytest_twisted.ensureDeferred
async def test_servers_with_certificates_of_one_anchor_talk(place: Place, tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    place.listen(**files(made))
    assert await place.ask(tls=tls(made)) == {"result": 0, "text": "fine"}


@pytest_twisted.ensureDeferred
async def test_a_server_of_another_anchor_is_refused(place: Place, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("ours", "theirs")]
    for folder in folders:
        folder.mkdir()
    ours, theirs = map(Certificates, folders)
    place.listen(**files(ours))
    with pytest.raises(PartnerUnreachable, match="TLS: certificate verify failed"):
        await place.ask(tls=tls(theirs))
    with pytest.raises(PartnerUnreachable):
        await place.ask()


@pytest_twisted.ensureDeferred
async def test_one_of_two_without_tls_is_said_on_both_sides(place: Place, tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    place.listen(**files(made))
    with pytest.raises(PartnerUnreachable, match=r"^End of file \(perhaps it speaks TLS, and is asked without\)"):
        await place.ask()
    await place.channels.close()
    place.listen()
    with pytest.raises(PartnerUnreachable, match=r"wrong version number \(it seems to speak plain HTTP, and is asked"):
        await place.ask(tls=tls(made))  # at once, not when its patience has ended


@pytest_twisted.ensureDeferred
async def test_who_logs_in_may_ask_what_a_partner_may(place: Place) -> None:
    place.listen(me={"basic-auth-user": "server1", "basic-auth-password": "hay"})
    login = b64encode(b"server1:hay")
    assert (await place.ask(login=login))["result"] == 0
    for wrong in (None, b64encode(b"server1:straw")):
        assert await place.ask(login=wrong) == {"result": 1, "text": "Unauthorized"}
    assert await place.ask({"command": "config-get"}, login=login) == {"result": 1, "text": "Forbidden"}


@pytest_twisted.ensureDeferred
async def test_who_logs_in_may_ask_everything_where_commands_are_not_restricted(place: Place) -> None:
    place.listen(me={"basic-auth-user": "server1"}, **{"restrict-commands": False})
    assert (await place.ask({"command": "config-get"}, login=b64encode(b"server1:")))["result"] == 0


@pytest_twisted.ensureDeferred
async def test_a_name_will_do(place: Place) -> None:
    place.listen("localhost")
    assert (await place.ask(host="localhost"))["result"] == 0


@pytest_twisted.ensureDeferred
async def test_a_name_that_nobody_has_is_no_partner(place: Place) -> None:
    with pytest.raises(PartnerUnreachable, match="Host not found"):
        await place.ask(host="nobody.invalid")
    with pytest.raises(ConfigError, match=r"'nobody\.invalid' in this server's own URL"):
        await addresses(["nobody.invalid"])
    assert await addresses([]) == {}


def test_files_that_cannot_be_used_are_found_beforehand(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    wrong = files(made) | {"key-file": str(made.client_key)}
    for changes, finding in (
        (wrong, "is not that of"),
        ({"me": {"basic-auth-user-file": str(tmp_path / "absent")}}, "absent cannot be read: No such file"),
    ):
        problems = Problems()
        haconnect.check(settings(8000, **changes), problems)
        assert finding in str(problems.errors[0])
    with pytest.raises(ConfigError, match="is not that of"):
        connect(relationships_of(settings(8000, **wrong).hooks_libraries, Problems()))


def connect(relationships: Any) -> Any:
    """The library."""
    table = LeaseTable(LeaseStore(), Statistics(0.0))
    return haconnect.connect(relationships, ServiceState(), table, lambda changes: None, RecordingLog(), reactor)


def branch(number: int, **more: Any) -> dict[str, Any]:
    """A relationship of a hub."""
    names = (f"server{2 * number - 1}", f"server{2 * number}")
    peers = [
        {"name": name, "url": f"http://127.0.0.{number}:80{place}/", "role": role}
        for place, (name, role) in enumerate(zip(names, ("primary", "standby"), strict=True))
    ]
    return {"this-server-name": names[0], "mode": "hot-standby", "peers": peers, **more}


def test_a_subnet_without_a_relationship_is_a_warning() -> None:
    parameters = {"high-availability": [branch(1), branch(2)]}
    libraries = [{"library": "libdhcp_lease_cmds"}, {"library": "libdhcp_ha", "parameters": parameters}]
    subnets = [
        {"id": number, "subnet": f"10.0.{number}.0/24", "user-context": {"ha-server-name": name}}
        for number, name in enumerate(("server1", "server4", "server9", ""), 1)
    ]
    subnets.append({"id": 5, "subnet": "10.0.5.0/24"})
    problems = Problems()
    haconnect.check(load_tree({"Dhcp4": {"hooks-libraries": libraries, "subnet4": subnets}}), problems)
    assert [str(problem) for problem in problems.warnings] == [
        "'ha-server-name' in the user-context of subnet 10.0.3.0/24 names no peer: 'server9'; "
        "its clients are not served",
        "'ha-server-name' in the user-context of subnet 10.0.4.0/24 must be a name; its clients are not served",
        "'ha-server-name' in the user-context of subnet 10.0.5.0/24 is missing; its clients are not served",
    ]
