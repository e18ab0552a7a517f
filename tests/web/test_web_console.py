"""The page for people as it is served: files, headers, the stream, and who gets none of it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from kea_twisted.adapters.control.access import Logins, nothing
from kea_twisted.adapters.control.pages import METRICS_PATH, WEB, PageSource
from kea_twisted.adapters.hooklibraries.rbac import RoleBasedAccess
from kea_twisted.errors import Problems
from kea_twisted.events import WARN
from kea_twisted.events.event import Event
from kea_twisted.ha.settings import HaSettings, Peer
from kea_twisted.ha.url import parse_url
from kea_twisted.web.pages import pages_of
from kea_twisted.web.static import FOLDER, NEEDS
from tests.web.fakenode import FakeNode, subnet
from tests.web.pagewire import PageWire

ON = frozenset((WEB,))
LOGIN = b64encode(b"demo:hay")
LOGINS = Logins("kea", {LOGIN: "demo"})
AUTHORIZED = f"Authorization: Basic {LOGIN.decode()}"
JSON = "Content-Type: application/json"
OWN = "X-Keadhcp-Page: 1"


def wire(**policy: Any) -> PageWire:
    return PageWire(pages_of(FakeNode(subnet(1))), **{"pages": ON} | policy)


def secured() -> PageWire:
    return wire(permits=nothing, logins=LOGINS)


def test_the_page_is_there_where_the_socket_has_it_on() -> None:
    status, body = wire().get("/")
    assert status == 200 and body.startswith(b"<!doctype html>")
    assert wire(pages=frozenset()).get("/")[0] == 400, "as a Kea"
    assert wire().get("/other.js")[0] == 400


def test_every_file_that_is_named_is_served() -> None:
    text = "".join(file.read_text() for file in FOLDER.iterdir() if file.suffix in (".html", ".js"))
    names = set(re.findall(r'(?:src|href)="([\w-]+\.\w+)"', text)) | set(re.findall(r'from "\./([\w-]+\.js)"', text))
    assert {"main.js", "page.css", "dom.js", "icon.svg"} <= names
    for name in names:
        assert wire().get(f"/{name}")[0] == 200, name
    assert {file.name for file in FOLDER.iterdir()} - {"index.html"} == names, "a file that nothing uses"


def test_nothing_is_in_the_files_that_the_policy_forbids() -> None:
    for file in FOLDER.iterdir():
        text = file.read_text()
        assert "innerHTML" not in text and "eval(" not in text and "https://" not in text, file.name
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", text), file.name


@pytest.mark.parametrize("path", ["/", "/main.js", "/page.css", "/events"])
def test_nothing_is_shown_without_the_password(path: str) -> None:
    assert secured().get(path)[0] == 401
    assert secured().get(path, "Authorization: Basic " + b64encode(b"demo:straw").decode())[0] == 401


def test_an_ha_partner_does_not_see_the_page() -> None:
    assert wire(permits=lambda name: name == "status-get").get("/")[0] == 403


@pytest.mark.parametrize("path", ["/", "/main.js", "/events"])
def test_the_page_needs_what_it_shows(path: str) -> None:
    for command in ("status-get", "statistic-get-all"):
        assert wire(permits=lambda name, only=command: name == only).get(path)[0] == 403, command
    assert wire(permits=lambda name: name in ("status-get", "statistic-get-all")).get(path)[0] == 200


def test_metrics_need_the_statistics_alone() -> None:
    on = frozenset((METRICS_PATH,))
    assert wire(permits=lambda name: name == "statistic-get-all", pages=on).get("/metrics")[0] == 200
    assert wire(permits=lambda name: name == "status-get", pages=on).get("/metrics")[0] == 403


def test_warnings_are_for_those_who_may_read_leases() -> None:
    def found(*more: str) -> str:
        node = FakeNode(subnet(1))
        node.recent.writer(Event("A", WARN, "dhcp4", "a fault"), "kea-dhcp4")(1.0, "192.0.2.7 of a client")
        one = PageWire(pages_of(node), permits=lambda name: name in (*NEEDS, *more), pages=ON)
        text = one.send("GET /events").decode()
        node.recent.writer(Event("A", WARN, "dhcp4", "a fault"), "kea-dhcp4")(2.0, "192.0.2.8 of a client")
        node.reactor.advance(1)
        return text + one.transport.value().decode()

    assert "192.0.2" not in found() and "event: log\ndata: null\n" in found() and "event: server" in found()
    assert "192.0.2.7" in found("lease4-get-all") and "192.0.2.8" in found("lease4-get-all")


def test_a_role_sees_of_the_page_what_its_commands_show() -> None:
    def seen(*names: str) -> tuple[int, bool]:
        role = {"name": "10.0.0.9", "accept-commands": {"commands": list(names)}}
        problems = Problems()
        rules = RoleBasedAccess.rules({"assign-role-method": "remote-address", "roles": [role]}, problems)
        assert not problems.errors
        answer = wire(roles=rules).send("GET /events")
        return int(answer.split()[1]), b"event: log\ndata: []\n" in answer

    assert seen("statistic-get-all") == (403, False)
    assert seen(*NEEDS) == (200, False)
    assert seen(*NEEDS, "lease4-get-all") == (200, True)


def test_files_come_with_a_strict_policy() -> None:
    head = secured().send("GET /", AUTHORIZED).partition(b"\r\n\r\n")[0].decode()
    assert head.startswith("HTTP/1.1 200 OK")
    [policy] = re.findall("Content-Security-Policy: (.*)", head)
    assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy
    assert "X-Content-Type-Options: nosniff" in head and "X-Frame-Options: DENY" in head
    assert "Cache-Control: no-store" in head and "Connection: close" in head


def test_events_come_as_long_as_the_reader_stays() -> None:
    one = secured()
    head, _, body = one.send("GET /events", AUTHORIZED).partition(b"\r\n\r\n")
    assert b"text/event-stream" in head and b"Content-Length" not in head
    assert b"event: server\n" in body
    one.transport.clear()
    one.clock.advance(31)  # an idle connection would have been closed
    assert not one.transport.disconnecting
    one.channel.connectionLost(Failure(ConnectionDone()))


def test_other_access_rules_end_the_stream() -> None:
    node = FakeNode(subnet(1))
    one = PageWire(pages_of(node), permits=nothing, logins=LOGINS, pages=ON)
    one.send("GET /events", AUTHORIZED)
    assert node.watched == [True]
    one.listener.end_streams()
    assert node.watched == [True, False] and one.transport.value().endswith(b"0\r\n\r\n")


def test_a_reader_that_leaves_ends_the_stream() -> None:
    node = FakeNode(subnet(1))
    one = PageWire(pages_of(node), pages=ON)
    one.send("GET /events")
    one.channel.connectionLost(Failure(ConnectionDone()))
    assert node.watched == [True, False]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((JSON,), 200),  # no browser
        ((JSON, "Origin: http://10.0.0.1", OWN), 200),
        ((JSON, "Origin: http://10.0.0.1"), 403),
        ((JSON, "Origin: http://evil.example", OWN), 403),
        ((JSON, "Origin: null", OWN), 403),
        ((JSON, "Sec-Fetch-Site: cross-site", OWN), 403),
        (("Content-Type: text/plain", "Origin: http://10.0.0.1", OWN), 400),
    ],
)
def test_a_page_of_another_server_can_send_no_command(headers: tuple[str, ...], status: int) -> None:
    body = b'{"command": "config-get"}'
    answer = secured().send("POST /", AUTHORIZED, *headers, body=body)
    assert int(answer.split()[1]) == status


def test_a_page_of_another_server_can_read_nothing() -> None:
    for path in ("/main.js", "/events"):
        one = secured()
        assert one.get(path, AUTHORIZED, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors")[0] == 403
    link = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
    assert secured().get("/", AUTHORIZED, *link)[0] == 200, "a link to the page may be followed"


def test_without_a_password_a_name_of_the_attackers_does_not_lead_here() -> None:
    def status(host: str, **policy: Any) -> int:
        headers = f"Host: {host}\r\nOrigin: http://{host}\r\nX-Keadhcp-Page: 1\r\nContent-Type: application/json"
        one = wire(trusted=True, **policy)
        one.channel.dataReceived(f"POST / HTTP/1.1\r\n{headers}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        one.clock.pump([0] * 5)
        return int(one.transport.value().split()[1])

    assert status("10.0.0.1:8000") == status("localhost:8000") == status("[::1]:8000") == 200
    assert status("evil.example:8000") == 403


def test_without_a_password_nothing_is_read_under_a_name_of_the_attackers() -> None:
    """A browser sends no Sec-Fetch headers to plain HTTP under a name."""

    def status(host: str, path: str, one: PageWire) -> int:
        one.channel.dataReceived(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        one.clock.pump([0] * 5)
        return int(one.transport.value().split()[1])

    def is_open(pages: frozenset[bytes] = ON) -> PageWire:
        return wire(trusted=True, pages=pages)

    for path in ("/", "/events", "/main.js"):
        assert status("evil.example:8000", path, is_open()) == 403, path
        assert status("10.0.0.1:8000", path, is_open()) == status("localhost:8000", path, is_open()) == 200, path
    assert status("kea1.example:8000", "/metrics", is_open(frozenset((METRICS_PATH,)))) == 200, "a monitor"
    assert status("kea1.example:8000", "/healthz", is_open()) == 200


def test_a_stream_that_cannot_begin_is_forgotten() -> None:
    class Failing:
        headers = ()

        def begin(self, write: object, permits: object) -> Any:
            raise OSError("no")

    one = PageWire({b"/events": PageSource(Failing, ("x",), WEB)}, pages=ON)
    assert one.get("/events")[0] == 500
    one.listener.end_streams()
    one.listener.end_streams()


class Partner:
    """A relationship with a partner that answers as arranged."""

    def __init__(self, answer: Any, host: str = "10.0.0.2") -> None:
        own = Peer("server1", parse_url("http://10.0.0.1:8000/"), "primary")
        other = Peer("server2", parse_url(f"http://{host}:8000/"), "standby")
        self.settings = HaSettings("server1", (own, other))
        self.relationship: Any = self
        self.driver: Any = self
        self.services = (self,)
        self.alone = False
        self.asked: list[tuple[str, Any]] = []
        self._answer = answer

    def ask(self, name: str, command: Any, timeout: float) -> Deferred[Any]:
        self.asked.append((name, command))
        return fail(self._answer) if isinstance(self._answer, Exception) else succeed(self._answer)


def relayed(partner: Partner | None, body: Any, *headers: str, **policy: Any) -> tuple[int, Any]:
    node = FakeNode(subnet(1))
    node.ha = partner
    one = PageWire(pages_of(node), **{"pages": ON, "permits": nothing, "logins": LOGINS} | policy)
    text = one.send("POST /partner", *headers, JSON, body=json.dumps(body).encode())
    return int(text.split()[1]), json.loads(text.partition(b"\r\n\r\n")[2])


ADD = {"server-name": "server2", "command": "reservation-add", "arguments": {"x": 1}}


def test_a_command_is_passed_on_to_the_partner() -> None:
    partner = Partner({"result": 0, "text": "Host added."})
    assert relayed(partner, ADD, AUTHORIZED) == (200, {"result": 0, "text": "Host added."})
    assert partner.asked == [
        ("server2", {"command": "reservation-add", "service": ["dhcp4"], "arguments": {"x": 1}}),
    ]


def test_nothing_is_passed_on_for_who_may_not_do_it_here() -> None:
    partner = Partner({"result": 0})
    assert relayed(partner, ADD)[0] == 401
    assert relayed(partner, ADD, AUTHORIZED, "Origin: http://evil.example", OWN)[0] == 403
    few = {"permits": lambda name: name in NEEDS, "logins": None}
    assert relayed(partner, ADD, **few) == (200, {"result": 403, "text": "Forbidden"})
    assert partner.asked == []


def test_a_partner_that_takes_no_commands_is_named_with_the_remedy() -> None:
    _, answer = relayed(Partner({"result": 403, "text": "Forbidden"}), ADD, AUTHORIZED)
    assert answer["result"] == 1
    assert answer["text"].startswith("server2 does not take reservation-add from its partner; set ")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([], "a map with 'server-name'"),
        ({"server-name": "server2"}, "a map with 'server-name'"),
        ({"server-name": 1, "command": "x"}, "a map with 'server-name'"),
        ({"server-name": "server9", "command": "x"}, "there is no partner 'server9'"),
    ],
)
def test_a_form_that_makes_no_sense_is_an_error(body: Any, text: str) -> None:
    status, answer = relayed(Partner({"result": 0}), body, AUTHORIZED)
    assert status == 200 and answer["result"] == 1 and text in answer["text"]


def test_a_partner_that_does_not_answer_is_said_to() -> None:
    _, answer = relayed(Partner(ConnectionDone("gone")), ADD, AUTHORIZED)
    assert answer["result"] == 1 and "gone" in answer["text"]


def test_without_a_partner_there_is_none() -> None:
    assert relayed(None, ADD, AUTHORIZED)[1] == {"result": 1, "text": "there is no partner 'server2'"}


def test_warnings_and_pools_are_among_the_events() -> None:
    node = FakeNode(subnet(1), subnet(2))
    node.recent.writer(Event("A", WARN, "dhcp4", "a fault"), "kea-dhcp4")(1.0, "a fault")
    node.statistics.put("subnet[2].pool[0].assigned-addresses", 50)
    one = PageWire(pages_of(node), pages=ON)
    body = one.send("GET /events")
    found = dict(re.findall(r"event: (\S+)\r?\ndata: (.*)\n", body.decode()))
    [line] = json.loads(found["log"])
    assert (line["number"], line["severity"], line["id"], line["text"]) == (1, "WARN", "A", "a fault")
    node.reactor.advance(1)
    more = dict(re.findall(r"event: (\S+)\r?\ndata: (.*)\n", one.transport.value().decode()))
    pools = json.loads(more["pools"])
    assert (pools["count"], [each["id"] for each in pools["pools"]]) == (2, [2, 1])
    assert pools["pools"][0]["used"] == 50 and pools["pools"][0]["slope"] is None
