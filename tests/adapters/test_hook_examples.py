"""The examples of the documentation, at work."""

from __future__ import annotations

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

from kea_twisted.wire.address import address_number
from tests.adapters.libraryhouse import House

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


class Inventory(Resource):
    """Knows all devices but number 13; about number 7 it thinks until it is told to answer."""

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
        return b""


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
    await house.running.loaded.close()


@pytest_twisted.ensureDeferred
async def test_a_device_the_inventory_knows_is_answered_and_another_is_not(
    inventory: Any, door: House
) -> None:
    door.ask(13)
    door.ask(1)
    await until(lambda: door.served() and not door.running.performer.parked)
    assert (sorted(inventory.asked), door.served()) == ([1, 13], [1])


@pytest_twisted.ensureDeferred
async def test_while_the_inventory_thinks_about_one_device_all_others_are_served(
    inventory: Any, door: House
) -> None:
    door.ask(7)
    await until(lambda: inventory.pondered)
    others = [number for number in range(20, 220) if number != 13]
    begun = time.monotonic()
    for start in range(0, len(others), 20):
        for number in others[start : start + 20]:
            door.ask(number)
        await until(lambda: door.running.performer.parked == 1)
    await until(lambda: len(door.sent) == len(others))
    assert sorted(door.served()) == others
    assert time.monotonic() - begun < 5
    inventory.pondered[0].finish()
    await until(lambda: 7 in door.served())


@pytest_twisted.ensureDeferred
async def test_what_the_inventory_said_is_remembered_until_told_otherwise(
    inventory: Any, door: House
) -> None:
    for _ in range(2):
        door.ask(1)
        await until(lambda: not door.running.performer.parked)
    assert inventory.asked == [1]
    assert door.command("inventory-forget")["text"] == "1 answers forgotten"
    door.ask(1)
    await until(lambda: not door.running.performer.parked)
    assert inventory.asked == [1, 1]


@pytest_twisted.ensureDeferred
async def test_an_inventory_that_is_down_keeps_nobody_out(tmp_path: Path) -> None:
    copy(EXAMPLES / "ask_inventory.py", tmp_path)
    house = House(tmp_path, reactor).start(("ask_inventory.py", {"url": "http://127.0.0.1:1/"}))
    house.ask(1)
    await until(house.served)
    assert house.count("callout-exceptions") == 1


def names(house: House) -> str:
    """The file, a second later."""
    house.clock.advance(1)
    return (house.folder / "hosts").read_text()


@pytest.fixture
def street(tmp_path: Path) -> House:
    copy(EXAMPLES / "hosts_file.py", tmp_path)
    house = House(tmp_path)
    return house.start(("hosts_file.py", {"file": str(tmp_path / "hosts"), "domain": "lan"}))


def test_names_of_clients_are_in_the_hosts_file_a_second_later(street: House) -> None:
    assert names(street) == ""
    for client, options in ((1, {12: b"printer"}), (2, {12: b"desk.example.org"}), (3, {})):
        street.obtain(client, options)
    assert names(street) == "10.0.0.10\tprinter.lan printer\n10.0.0.11\tdesk.example.org\n"


def test_names_that_come_from_a_partner_are_there_and_go_with_the_lease(street: House) -> None:
    lease = {"ip-address": "10.0.0.77", "hw-address": "08:00:27:00:00:09", "hostname": "camera"}
    loaded = street.running.settings.hooks_libraries
    street.reconfigure("libdhcp_lease_cmds.so", (loaded[0].library, loaded[0].parameters))
    assert street.command("lease4-add", lease)["result"] == 0
    assert names(street) == "10.0.0.77\tcamera.lan camera\n"
    assert street.running.table.store.get(address_number("10.0.0.77")) is not None
    street.command("lease4-del", {"ip-address": "10.0.0.77"})
    assert names(street) == ""
