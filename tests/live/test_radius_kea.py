"""RADIUS: a real Kea and ours, each with a FreeRADIUS, answer clients alike, and send the same requests."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .bootp import DECLINE, DISCOVER, RELEASE, REQUEST
from .conftest import unavailable
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .radius import SERVICES, FreeRadius, missing
from .reserved import config, mac, subnet
from .twins import Answer, Outcome, Twin, differences, parse

HERE = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))
GONE = frozenset(("Timestamp", "Message-Authenticator", "Event-Timestamp", "Acct-Unique-Session-Id"))
"""What differs from one request to the next, or what only newer Keas send."""

USERS = {
    1: 'Framed-IP-Address = 10.0.0.77, Class = "of one", Reply-Message = "hello"',
    2: 'Framed-Pool = "gold"',
    3: "",
}
"""Reply items of the clients that are accepted."""

POOLS = [{"pool": "10.0.0.10 - 10.0.0.19"}, {"pool": "10.0.0.30 - 10.0.0.39", "client-classes": ["gold"]}]
OPTION = {"name": "domain-name", "data": "gold.example"}


def client_id(number: int) -> bytes:
    """The client identifier of a client."""
    return b"\x01" + bytes.fromhex(mac(number).replace(":", ""))


def of(number: int, kind: int, *options: tuple[int, bytes], **fields: Any) -> bytes:
    """A frame of a client."""
    wanted = (55, b"\x01\x0f")
    sent = (*options, (61, client_id(number)), wanted)
    return Packet(kind, bytes.fromhex(mac(number).replace(":", "")), sent, xid=number << 8 | kind, **fields).frame()


def wish(last: int) -> tuple[int, bytes]:
    """Option 50."""
    return (50, bytes((10, 0, 0, last)))


FRAMES = (
    (of(1, DISCOVER), True), (of(1, REQUEST, wish(77), HERE), True), (of(1, DISCOVER), True),
    (of(2, DISCOVER), True), (of(2, REQUEST, wish(30), HERE), True),
    (of(3, DISCOVER), True), (of(3, REQUEST, wish(10), HERE), True), (of(3, REQUEST, ciaddr="10.0.0.10"), True),
    (of(4, DISCOVER), False), (of(4, REQUEST, wish(11), HERE), True), (of(4, DISCOVER), False),
    (of(3, RELEASE, HERE, ciaddr="10.0.0.10"), False), (of(2, DECLINE, wish(30), HERE), False),
)  # fmt: skip
"""Frames, each with whether it has an answer."""

LEASE = {"ip-address": "10.0.0.15", "hw-address": mac(9), "subnet-id": 1}
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("lease4-update", {**LEASE, "force-create": True, "client-id": "01:02:03"}),
    ("lease4-del", {**LEASE, "client-id": "01:02:03"}),
)


class Story(NamedTuple):
    """The effects on one server: the answers to each frame, what the host cache has, the requests at its FreeRADIUS."""

    answers: list[list[Answer]]
    cache: Any
    requests: list[dict[str, str]]


def answers_to(twin: Twin, frame: bytes, wanted: bool) -> list[Answer]:
    """The answer to a frame that passes a FreeRADIUS.

    A Kea may forget the subnet of a query while it is asked about, so a query whose answer is wanted comes twice.
    """
    twin.socket.settimeout(0.1)
    for _ in range(2 if wanted else 1):
        twin.socket.send(frame)
        end = time.monotonic() + (1.0 if wanted else 0.4)
        while time.monotonic() < end:
            try:
                answer = parse(twin.socket.recv(65536))
            except TimeoutError:
                continue
            if answer is not None:
                return [answer]
    return []


def libraries(**parameters: Any) -> list[dict[str, Any]]:
    """The library and what it needs."""
    return [
        {"library": "libdhcp_lease_cmds.so"},
        {"library": "libdhcp_host_cache.so"},
        {"library": "libdhcp_radius.so", "parameters": {**SERVICES, "timeout": 2, **parameters}},
    ]


def placed(kind: str, folder: Path, signs: bool = True, **parameters: Any) -> tuple[Twin, FreeRadius]:
    """A server, and a FreeRADIUS on the same host."""
    classes = [{"name": "gold", "option-data": [OPTION]}]
    one = subnet(1, pools=POOLS)
    twin = Twin(kind, folder, config(one, hooks_libraries=libraries(**parameters), client_classes=classes))
    users = {client_id(number).hex(":"): items for number, items in USERS.items()}
    return twin, FreeRadius(twin.server.host.namespace, folder / "radius", users, signs)


def story(kind: str, folder: Path) -> Story:
    """Put the frames and the commands to a server."""
    twin, server = placed(kind, folder)
    try:
        server.start()
        twin.start()
        answers = [answers_to(twin, frame, wanted) for frame, wanted in FRAMES]
        for command, arguments in COMMANDS:
            assert twin.command(command, **arguments)["result"] == 0
        cache = sorted(twin.command("cache-get")["arguments"], key=lambda entry: str(entry["client-id"]))
        time.sleep(0.3)  # the last records are under way
        return Story(answers, cache, server.requests())
    finally:
        twin.close()
        server.kill()


def comparable(requests: list[dict[str, str]]) -> list[dict[str, str]]:
    """The requests without what differs; the name of a session begins with the address."""
    made = []
    for request in requests:
        shown = {name: value for name, value in request.items() if name not in GONE}
        if "Acct-Session-Id" in shown:
            shown["Acct-Session-Id"] = shown["Acct-Session-Id"].partition("@")[0]
        made.append(shown)
    return made


def known(cache: Any) -> list[tuple[str, str, bool, list[str]]]:
    """The entries of a cache; a Kea keeps the Message-Authenticator of an answer, too, which proves nothing later."""
    return [
        (entry["client-id"], entry.get("ip-address", ""), entry.get("negative", False), [
            f"{name}={value}" for name, value in sorted(_attributes(entry["user-context"]).items())
        ])
        for entry in cache
    ]  # fmt: skip


def _attributes(context: dict[str, Any]) -> dict[str, str]:
    found = {each["name"]: each["data"] for each in context.get("radius", ()) if each["name"] not in GONE}
    return {**found, **({"subnet-id": context["subnet-id"]} if "subnet-id" in context else {})}


def need_freeradius() -> None:
    """Skip the test if there is none."""
    if (reason := missing()) is not None:
        unavailable(reason)


@pytest.mark.live
def test_clients_and_servers_see_what_they_see_of_a_real_kea(tmp_path: Path) -> None:
    need("kea30")
    need_freeradius()
    kea, ours = (story(kind, tmp_path / kind) for kind in ("kea30", "ours"))
    found = []
    for (frame, _), left, right in zip(FRAMES, kea.answers, ours.answers, strict=True):
        found += [f"{frame.hex()}: {line}" for line in differences(Outcome(left, [], {}), Outcome(right, [], {}))]
    assert not found, "\n".join(found)
    assert [[answer.address for answer in each] for each in ours.answers[:5]] == [
        ["10.0.0.77"], ["10.0.0.77"], ["10.0.0.77"], ["10.0.0.10"], ["10.0.0.30"],
    ]  # fmt: skip
    assert known(ours.cache) == known(kea.cache)
    expected = comparable(kea.requests)
    renewed = next(each for each in expected if each.get("Acct-Status-Type") == "Interim-Update")
    assert renewed["Framed-IP-Address"] == "10.0.0.77"
    expected.remove(renewed)  # by which a Kea reports the DISCOVER of a client that has a lease
    assert sorted(map(str, comparable(ours.requests))) == sorted(map(str, expected))


@pytest.mark.live
def test_unsigned_answers_count_for_nothing_and_a_dead_server_costs_new_clients_only(tmp_path: Path) -> None:
    need_freeradius()
    history = tmp_path / "ours" / "history.csv"
    twin, unsigned = placed("ours", tmp_path / "ours", False, retries=0, timeout=1, **{"session-history": history.name})
    server = FreeRadius(twin.server.host.namespace, tmp_path / "signed", {client_id(1).hex(":"): USERS[1]})
    try:
        unsigned.start()
        twin.start()
        assert answers_to(twin, of(1, DISCOVER), False) == []
        assert "missing Message-Authenticator" in twin.server.running.output()
        unsigned.kill()
        assert answers_to(twin, of(2, DISCOVER), False) == []
        server.start()
        frames = (of(1, DISCOVER), of(1, REQUEST, wish(77), HERE))
        assert [answer.address for frame in frames for answer in answers_to(twin, frame, True)] == ["10.0.0.77"] * 2
        assert [each["Acct-Status-Type"] for each in server.requests(2) if "Acct-Session-Id" in each] == ["Start"]
        server.kill()
        assert answers_to(twin, of(3, DISCOVER), False) == []
        assert answers_to(twin, of(1, DISCOVER), True)
    finally:
        twin.close()
        unsigned.kill()
        server.kill()
    assert history.read_text().startswith("address,seconds,milliseconds\n10.0.0.77,")
