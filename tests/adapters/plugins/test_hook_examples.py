"""The examples of the documentation, at work."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from kea_twisted.testing import HookServer
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import REQUEST
from tests.adapters.plugins.libraryhouse import House
from tests.builders import mac, packed

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


class Inventory(Resource):
    """Knows all devices but number 13; number 7 gets its answer later, number 9 too long a one, 11 a redirection."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.pondered: list[Any] = []

    def render_GET(self, request: Any) -> Any:
        """One device."""
        number = int(request.path[-2:], 16)
        self.asked.append(number)
        if number == 7:
            self.pondered.append(request)
            return NOT_DONE_YET
        if number == 13:
            request.setResponseCode(404)
        if number == 11:
            request.redirect(b"http://127.0.0.1:1/")
        return b"x" * 1_000_000 if number == 9 else b""


async def until(condition: Any) -> None:
    """Wait for it, two seconds at most."""
    for _ in range(400):
        if condition():
            return
        await deferLater(reactor, 0.005, lambda: None)  # type: ignore[arg-type]
    raise AssertionError("in vain")


@pytest_twisted.async_yield_fixture
async def inventory() -> AsyncIterator[Any]:
    resource = Inventory()
    port: Any = reactor.listenTCP(0, Site(resource), interface="127.0.0.1")  # type: ignore[attr-defined]
    resource.url = f"http://127.0.0.1:{port.getHost().port}/devices/"
    yield resource
    await port.stopListening()


@pytest_twisted.async_yield_fixture
async def door(tmp_path: Path, inventory: Any) -> AsyncIterator[House]:
    copy(EXAMPLES / "ask_inventory.py", tmp_path)
    house = House(tmp_path, reactor)
    yield house.start(("ask_inventory.py", {"url": inventory.url}), limit=256)
    await house.server.loaded.close()


@pytest_twisted.ensureDeferred
async def test_a_device_the_inventory_knows_is_answered_and_another_is_not(inventory: Any, door: House) -> None:
    door.ask(13)
    door.ask(1)
    await until(lambda: door.served() and not door.server.performer.parked)
    assert (sorted(inventory.asked), door.served()) == ([1, 13], [1])


@pytest_twisted.ensureDeferred
async def test_while_the_inventory_is_busy_with_one_device_all_others_are_served(inventory: Any, door: House) -> None:
    door.ask(7)
    await until(lambda: inventory.pondered)
    others = [number for number in range(20, 220) if number != 13]
    begun = time.monotonic()
    for start in range(0, len(others), 20):
        for number in others[start : start + 20]:
            door.ask(number)
        await until(lambda: door.server.performer.parked == 1)
    await until(lambda: len(door.sent) == len(others))
    assert sorted(door.served()) == others
    assert time.monotonic() - begun < 5
    inventory.pondered[0].finish()
    await until(lambda: 7 in door.served())


@pytest_twisted.ensureDeferred
async def test_what_the_inventory_said_is_remembered_until_told_otherwise(inventory: Any, door: House) -> None:
    for _ in range(2):
        door.ask(1)
        await until(lambda: not door.server.performer.parked)
    assert inventory.asked == [1]
    assert door.command("inventory-forget")["text"] == "1 answers forgotten"
    door.ask(1)
    await until(lambda: not door.server.performer.parked)
    assert inventory.asked == [1, 1]


@pytest_twisted.ensureDeferred
async def test_an_inventory_that_is_down_keeps_nobody_out(tmp_path: Path) -> None:
    copy(EXAMPLES / "ask_inventory.py", tmp_path)
    house = House(tmp_path, reactor).start(("ask_inventory.py", {"url": "http://127.0.0.1:1/"}))
    house.ask(1)
    await until(house.served)
    assert house.count("callout-exceptions") == 1


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize("number", [9, 11])
async def test_an_answer_that_does_not_fit_is_an_error_and_keeps_no_device_out(door: House, number: int) -> None:
    door.ask(number)
    await until(door.served)
    assert door.count("callout-exceptions") == 1


@pytest_twisted.ensureDeferred
async def test_clients_that_do_not_exist_fill_neither_the_memory_nor_the_inventory(
    inventory: Any, door: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = door.library("ask_inventory.py")
    module = sys.modules[type(library).__module__]
    monkeypatch.setattr(module, "MAX_REMEMBERED", 20)
    monkeypatch.setattr(module, "MAX_REQUESTS", 5)
    for number in range(100, 200):
        door.ask(number)
    await until(lambda: not door.server.performer.parked)
    assert len(inventory.asked) == 5
    for number in range(100, 140):
        door.ask(number)
        await until(lambda: not door.server.performer.parked)
    assert len(library._known) == 20


def names(house: House) -> str:
    """The file, a second later."""
    house.clock.advance(1)
    return (house.folder / "hosts").read_text()


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("KEA_HOSTS_FILE_DIR", str(tmp_path))
    copy(EXAMPLES / "hosts_file.py", tmp_path)
    house = House(tmp_path)
    return house.start(("hosts_file.py", {"domain": "lan", "reserved": ["Nas"]}))


def test_names_of_clients_are_in_the_hosts_file_a_second_later(street: House) -> None:
    assert names(street) == ""
    for client, options in ((1, {12: b"printer"}), (2, {12: b"desk.lan"}), (3, {})):
        street.obtain(client, options)
    assert names(street) == "10.0.0.11\tdesk.lan desk\n10.0.0.10\tprinter.lan printer\n"


@pytest.mark.parametrize(
    "name",
    [b"wpad", b"WPAD.lan", b"localhost", b"isatap", b"nas", b"desk.example.org", b"www.google.com", b"a.b.lan", b"-x"],
)
def test_a_client_gets_no_name_that_others_rely_on(street: House, name: bytes) -> None:
    street.obtain(1, {12: name})
    street.obtain(2, {12: b"honest"})
    assert names(street) == "10.0.0.11\thonest.lan honest\n"


def test_a_client_cannot_take_the_name_of_another(street: House) -> None:
    street.obtain(1, {12: b"printer"})
    names(street)
    street.obtain(2, {12: b"printer"})
    street.clock.advance(3000)  # longer than a lease is confirmed without a change
    street.ask(1, REQUEST, {50: packed("10.0.0.10"), 12: b"printer"})
    assert names(street) == "10.0.0.10\tprinter.lan printer\n"


def test_the_name_of_a_reservation_is_for_its_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEA_HOSTS_FILE_DIR", str(tmp_path))
    hosts = [
        {"hw-address": mac(1).hex(":"), "hostname": "camera"},
        {"hw-address": mac(2).hex(":"), "ip-address": "10.0.0.20", "hostname": "www.lan"},
    ]
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.250"}], "reservations": hosts}
    server = HookServer(EXAMPLES / "hosts_file.py", {"domain": "lan"}, {"subnet4": [subnet]})
    server.obtain(mac(3).hex(":"), {12: b"camera"})
    server.obtain(mac(4).hex(":"), {12: b"www"})
    server.advance(1)
    assert (tmp_path / "hosts").read_text() == ""
    server.obtain(mac(1).hex(":"), {12: b"camera"})
    server.obtain(mac(2).hex(":"))
    server.advance(1)
    lines = (tmp_path / "hosts").read_text().splitlines()
    assert [line.partition("\t")[2] for line in lines] == ["camera.lan camera", "www.lan www"]


@pytest.mark.parametrize("file", ["/etc/cron.d/x", "../x", "x.py", ".profile", "a/b", ""])
def test_who_may_send_commands_does_not_choose_where_the_hosts_file_lies(street: House, file: str) -> None:
    answer = street.command("config-set", street.tree(("hosts_file.py", {"file": file, "domain": "lan"})))
    assert answer["result"] == 1 and "parameter 'file' must be a name without a folder" in answer["text"]


def test_the_hosts_file_is_not_written_through_a_link(street: House, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "hosts").symlink_to("victim")
    street.obtain(1, {12: b"printer"})
    assert "printer" in names(street)
    assert (tmp_path / "victim").read_text() == "untouched" and not (tmp_path / "hosts").is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["hosts", "hosts_file.py", "victim"]


def test_names_that_come_from_a_partner_are_there_and_go_with_the_lease(street: House) -> None:
    lease = {"ip-address": "10.0.0.77", "hw-address": "08:00:27:00:00:09", "hostname": "camera"}
    loaded = street.server.settings.hooks_libraries
    street.reconfigure("libdhcp_lease_cmds.so", (loaded[0].library, loaded[0].parameters))
    assert street.command("lease4-add", lease)["result"] == 0
    assert names(street) == "10.0.0.77\tcamera.lan camera\n"
    assert street.server.table.store.get(address_number("10.0.0.77")) is not None
    street.command("lease4-del", {"ip-address": "10.0.0.77"})
    assert names(street) == ""
