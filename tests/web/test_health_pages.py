"""``/healthz`` and ``/readyz``: who gets them, and when a server is ready."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import partial
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.adapters.control.access import Logins, nothing
from kea_twisted.config import load_tree
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha.states import State
from kea_twisted.server.idletasks import IdleTasks
from kea_twisted.web.health import is_ready
from kea_twisted.web.pages import pages_of
from kea_twisted.web.supervision import supervised
from tests.web.pagewire import PageWire

LOGINS = Logins("the stables", {b64encode(b"groom:hay"): "groom"})
JSON = "Content-Type: application/json"


class Node:
    """A server with HA relationships in these states."""

    def __init__(self, *states: str, scopes: tuple[str, ...] = ("server1",)) -> None:
        self.settings = load_tree({"Dhcp4": {}})
        self.service_state = ServiceState()
        self.idle = IdleTasks(Clock())
        self.serves = True
        local = [{"state": state, "scopes": list(scopes)} for state in states]
        self._status = [{"ha-servers": {"local": each}} for each in local]
        self.ha: Any = self if states else None

    def status(self, now: float) -> list[dict[str, Any]]:
        """As status-get has it."""
        return self._status

    def can_serve(self) -> bool:
        """As arranged."""
        return self.serves

    def now(self) -> float:
        """Some time."""
        return 0.0


@pytest.mark.parametrize("path", ["/healthz", "/healthz?verbose", "/readyz"])
def test_no_password_is_needed_and_no_details_are_given(path: str) -> None:
    wire = PageWire(supervised(lambda: True), nothing, logins=LOGINS)
    head, _, body = wire.send(f"GET {path}").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and body == b"ok\n"
    assert b"Content-Type: text/plain; charset=utf-8" in head and b"Cache-Control: no-store" in head


def test_a_server_that_is_not_ready_is_alive() -> None:
    wire = PageWire(supervised(lambda: False))
    assert wire.get("/readyz") == (503, b"not ready\n")
    assert wire.get("/healthz") == (200, b"ok\n")


def test_head_has_the_same_status_and_no_body() -> None:
    wire = PageWire(supervised(lambda: False))
    found = wire.send("HEAD /readyz")
    assert found.startswith(b"HTTP/1.1 503 ") and found.endswith(b"\r\n\r\n")
    assert wire.get("/healthz")[0] == 200, "the connection stays usable"


@pytest.mark.parametrize("path", ["/", "/health", "/healthz/", "/metrics", "//healthz", "/../healthz", "*"])
def test_get_of_anything_else_is_answered_as_by_kea(path: str) -> None:
    assert PageWire(supervised(lambda: True)).get(path) == (400, b'{ "result": 400, "text": "Bad Request" }')
    assert PageWire(supervised(lambda: True), nothing, logins=LOGINS).get(path)[0] == 401


def test_a_command_may_be_sent_to_the_path_of_a_page() -> None:
    wire = PageWire(supervised(lambda: True))
    found = wire.send("POST /healthz", JSON, body=json.dumps({"command": "x"}).encode())
    assert found.startswith(b"HTTP/1.1 200 OK") and b'"well"' in found


def test_a_single_server_is_ready_while_it_can_serve() -> None:
    node = Node()
    assert PageWire(pages_of(node)).get("/readyz")[0] == 200  # type: ignore[arg-type]
    node.serves = False
    assert not is_ready(node)  # type: ignore[arg-type]


READY = {state: True for state in State if state is not State.UNAVAILABLE} | {
    State.WAITING: False, State.SYNCING: False, State.IN_MAINTENANCE: False,
}  # fmt: skip


@pytest.mark.parametrize(("state", "ready"), READY.items(), ids=lambda value: str(getattr(value, "value", value)))
def test_the_state_of_a_relationship_counts(state: State, ready: bool) -> None:
    node: Any = Node(state.value)
    assert is_ready(node) is ready


def test_a_standby_without_auto_failover_is_not_ready_in_partner_down() -> None:
    node: Any = Node("partner-down", scopes=())
    assert not is_ready(node)


def test_all_relationships_count() -> None:
    hub: Any = Node("hot-standby", "waiting")
    assert not is_ready(hub)


def test_an_operator_may_take_a_server_out() -> None:
    node: Any = Node("hot-standby")
    node.service_state.disable("user")
    assert not is_ready(node)
    node.service_state.enable("user")
    node.service_state.database_lost()
    assert not is_ready(node)
    node.service_state.database_found()
    node.service_state.disable("ha-partner", 60.0)
    assert is_ready(node), "the partner that fetches leases switches the service off for a moment"


def test_readiness_is_asked_anew_each_time() -> None:
    found = iter((True, False))
    wire = PageWire(supervised(partial(next, found)))
    assert [wire.get("/readyz")[0] for _ in range(2)] == [200, 503]
