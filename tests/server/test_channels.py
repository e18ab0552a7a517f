"""The set of open channels: what is open after which configuration, and who gets an answer meanwhile."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.internet.threads import deferToThread

from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load_tree
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.ha.parameters import relationships_of
from kea_twisted.ha.settings import HaSettings
from kea_twisted.server.channels import Channels
from tests.adapters.control.test_httpchannel import request, status_of
from tests.certificates import Certificates
from tests.commands.answers import PARTNER_MAY
from tests.fakes import RecordingLog

GROOM = {"type": "basic", "clients": [{"user": "groom", "password": "hay"}]}
CREDENTIALS = "Authorization: Basic " + base64.b64encode(b"groom:hay").decode()
JSON = "Content-Type: application/json"


class Machine(MemoryReactorClock):
    """A reactor on which some addresses are not there."""

    def __init__(self) -> None:
        super().__init__()
        self.absent: set[str] = set()
        self.open: dict[Any, Any] = {}

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        if interface in self.absent:
            raise CannotListenError(interface, port, OSError(99, "Cannot assign requested address"))
        self.open[interface, port] = factory
        opened = super().listenTCP(port, factory, backlog, interface)
        opened.stopListening = lambda: self.open.pop((interface, port)) and None
        return opened


class World:
    """Channels on such a machine. ``answer`` is what commands are answered with."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine()
        self.log = RecordingLog()
        self.answer: Any = {"result": 0}
        folders = Folders("", "", "", str(folder), checked=False)
        self.channels = Channels(
            self.machine, lambda: self._dispatch, ControlFiles(folders), self.log, PARTNER_MAY.__contains__
        )

    def _dispatch(self, value: Any) -> Any:
        return self.answer(value) if callable(self.answer) else self.answer

    def use(self, *sockets: dict[str, Any], starting: bool = False, **more: Any) -> World:
        """Put sockets into force."""
        self.prepare(*sockets, starting=starting, **more).commit()
        return self

    def prepare(self, *sockets: dict[str, Any], starting: bool = False, **more: Any) -> Any:
        """All but that."""
        settings, partners = configured(*sockets, **more)
        return self.channels.prepare(settings, partners, starting=starting)

    def connect(self, address: str = "10.0.0.1", port: int = 8000) -> Any:
        """A connection to a port that is open."""
        transport = StringTransport()
        transport.abortConnection = transport.loseConnection  # type: ignore[method-assign]
        connection = self.machine.open[address, port].buildProtocol(None)
        connection.makeConnection(transport)
        return connection

    def ask(self, name: str, *headers: str, address: str = "10.0.0.1", connection: Any = None) -> int:
        """The status of the response to a command."""
        connection = connection or self.connect(address)
        connection.transport.clear()
        connection.dataReceived(request(json.dumps({"command": name}).encode(), JSON, *headers))
        self.machine.advance(0)
        return status_of(connection.transport.value())


def configured(*sockets: dict[str, Any], ha: bool = False, **more: Any) -> tuple[Settings, tuple[HaSettings, ...]]:
    """Settings with these sockets."""
    tree: dict[str, Any] = {"control-sockets": list(sockets), **more}
    if ha:
        peers = [
            {"name": "server1", "url": "http://10.0.0.1:8000/", "role": "primary"},
            {"name": "server2", "url": "http://10.0.0.2:8000/", "role": "standby"},
        ]
        relationship = {"this-server-name": "server1", "mode": "hot-standby", "peers": peers}
        tree["hooks-libraries"] = [
            {"library": "libdhcp_lease_cmds"},
            {"library": "libdhcp_ha", "parameters": {"high-availability": [relationship]}},
        ]
    settings = load_tree({"Dhcp4": tree})
    return settings, relationships_of(settings.hooks_libraries, Problems())


def http_socket(address: str = "10.0.0.1", **more: Any) -> dict[str, Any]:
    """An HTTP socket that wants a password."""
    return {"socket-type": "http", "socket-address": address, "authentication": GROOM, **more}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Nothing is open yet."""
    return World(tmp_path)


def test_several_are_open_at_once(world: World) -> None:
    world.use(http_socket(), http_socket("10.0.0.2"), starting=True)
    assert set(world.machine.open) == {("10.0.0.1", 8000), ("10.0.0.2", 8000)}
    assert world.channels.complaints == []


def test_what_stays_is_not_closed_and_lets_others_in(world: World) -> None:
    world.use(http_socket())
    factory = world.machine.open["10.0.0.1", 8000]
    connection = world.connect()
    other = {"type": "basic", "clients": [{"user": "boy", "password": "oats"}]}
    world.use(http_socket(authentication=other))
    assert world.machine.open == {("10.0.0.1", 8000): factory}
    assert world.ask("config-get", CREDENTIALS, connection=connection) == 401


def test_what_is_no_longer_wanted_is_closed(world: World) -> None:
    world.use(http_socket(), http_socket("10.0.0.2"))
    connection = world.connect()
    world.use(http_socket("10.0.0.2"))
    assert set(world.machine.open) == {("10.0.0.2", 8000)}
    assert connection.transport.disconnecting


def test_a_configuration_that_came_in_by_a_closing_channel_is_answered(world: World) -> None:
    world.use(http_socket())
    connection = world.connect()

    def reconfigure(value: Any) -> Any:
        world.use(http_socket("10.0.0.2"))
        return {"result": 0}

    world.answer = reconfigure
    assert world.ask("config-set", CREDENTIALS, connection=connection) == 200
    assert connection.transport.disconnecting


def test_a_change_that_cannot_be_made_changes_nothing(world: World) -> None:
    world.use(http_socket())
    world.machine.absent = {"10.0.0.3"}
    with pytest.raises(ConfigError, match="10.0.0.3 port 8000: Cannot assign requested address"):
        world.prepare(http_socket("10.0.0.2"), http_socket("10.0.0.3"))
    assert set(world.machine.open) == {("10.0.0.1", 8000)}
    assert world.ask("config-get", CREDENTIALS) == 200


def test_a_change_that_is_called_off_changes_nothing(world: World) -> None:
    world.use(http_socket())
    world.prepare(http_socket("10.0.0.2")).cancel()
    assert set(world.machine.open) == {("10.0.0.1", 8000)}


def test_what_cannot_open_at_the_start_is_tried_again(world: World) -> None:
    world.machine.absent = {"10.0.0.1"}
    interfaces = {"service-sockets-max-retries": 2, "service-sockets-retry-wait-time": 500}
    world.use(http_socket(), starting=True, **{"interfaces-config": interfaces})
    assert world.channels.is_retrying
    assert world.channels.complaints == ["10.0.0.1 port 8000: Cannot assign requested address"]
    world.machine.advance(0.5)
    world.machine.advance(0.5)
    assert not world.channels.is_retrying and world.channels.complaints
    world.machine.absent = set()
    world.machine.advance(2)
    assert world.channels.complaints == []
    assert world.ask("config-get", CREDENTIALS) == 200


def test_what_could_not_open_before_is_no_hindrance_for_a_change(world: World) -> None:
    world.machine.absent = {"10.0.0.1"}
    world.use(http_socket(), starting=True)
    world.use(http_socket(), http_socket("10.0.0.2"))
    assert set(world.machine.open) == {("10.0.0.2", 8000)} and len(world.channels.complaints) == 1


def test_the_partner_s_port_must_open(world: World) -> None:
    world.machine.absent = {"10.0.0.1"}
    with pytest.raises(ConfigError, match="10.0.0.1"):
        world.use(ha=True, starting=True)


def test_one_port_serves_the_partner_and_the_operator(world: World) -> None:
    world.use(http_socket(), ha=True, starting=True)
    assert len(world.machine.open) == 1
    assert world.ask("ha-heartbeat") == 200
    assert world.ask("config-get") == 401
    assert world.ask("config-get", CREDENTIALS) == 200


def test_a_partner_s_port_alone_takes_the_partner_s_commands(world: World) -> None:
    world.use(ha=True, starting=True)
    assert world.ask("ha-heartbeat") == 200
    assert world.ask("config-get") == 403


def test_a_partner_that_is_gone_leaves_the_port_to_the_operator(world: World) -> None:
    world.use(http_socket(), ha=True, starting=True)
    world.use(http_socket())
    assert world.ask("ha-heartbeat") == 401


def test_a_shared_port_cannot_have_tls_for_one_only(world: World, tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    with pytest.raises(ConfigError, match="differ in TLS"):
        world.use(http_socket(**tls_files(made)), ha=True, starting=True)


def test_who_is_open_to_everybody_is_said_in_the_log(world: World) -> None:
    world.use({"socket-type": "http", "socket-address": "10.0.0.1"})
    assert world.ask("config-get") == 200
    assert world.log.texts("COMMAND_HTTP_SOCKET_SECURITY_WARNING")


def tls_files(made: Certificates) -> dict[str, Any]:
    """The files of a server."""
    return {
        "trust-anchor": str(made.anchor),
        "cert-file": str(made.server),
        "key-file": str(made.server_key),
    }


def https_status(port: int, made: Certificates, *, with_certificate: bool) -> int:
    """Ask over TLS, with the client's certificate or without; 0 when the server does not want us."""
    context = ssl.create_default_context(cafile=str(made.anchor))
    if with_certificate:
        context.load_cert_chain(made.client, made.client_key)
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    try:
        connection.request("POST", "/", b'{"command": "config-get"}', {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (ssl.SSLError, ConnectionError):
        return 0
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("required", "with_certificate", "status"), [(True, True, 200), (True, False, 0), (False, False, 200)]
)
@pytest_twisted.ensureDeferred
async def test_tls_asks_for_the_client_s_certificate_unless_told_otherwise(
    tmp_path: Path, required: bool, with_certificate: bool, status: int
) -> None:
    made = Certificates(tmp_path)
    folders = Folders("", "", "", str(tmp_path))
    channels = Channels(
        real_reactor, lambda: lambda _: {"result": 0}, ControlFiles(folders), RecordingLog(), PARTNER_MAY.__contains__
    )
    socket = {"socket-type": "https", "socket-port": 0, "cert-required": required, **tls_files(made)}
    channels.prepare(configured(socket)[0], starting=True).commit()
    [listener] = channels._open.values()
    port = listener._listening.getHost().port  # type: ignore[union-attr]
    assert await deferToThread(https_status, port, made, with_certificate=with_certificate) == status
    await channels.close()


def test_a_partner_s_port_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.machine.absent = {"10.0.0.1"}
    with pytest.raises(ConfigError) as caught:
        world.prepare(ha=True, starting=True)
    assert str(caught.value).startswith(
        "this server's own peer 'server1' of high availability cannot listen at its url http://10.0.0.1:8000/: "
    )
    assert "no peer's url is of this machine, which has " in str(caught.value)
    assert str(caught.value).endswith("give it the address 10.0.0.1, or correct the url of 'server1'")
