"""The registry of users: who gets which subnet and options, what is recorded, and files with faults."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.hooklibraries.user_chk import OUTCOME, REGISTRY, VARIABLE
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.libraries import lookup
from kea_twisted.libraries.user_chk.registry import read
from kea_twisted.wire.constants import DISCOVER, REQUEST
from tests.builders import World, mac, message
from tests.hooks.kealibraries import put_to_work

USERS = (
    {"type": "HW_ADDR", "id": mac(1).hex(":"), "bootfile": "/boot/one", "tftp_server": "tftp.example"},
    {"type": "HW_ADDR", "id": mac(2).hex().upper(), "room": "7"},
    {"type": "DUID", "id": "00:01:00:01:19:ef", "bootfile": "/v6"},
)
DEFAULT = {"type": "HW_ADDR", "id": "00000000", "bootfile": "/boot/register"}


def settings() -> Settings:
    """The subnet for those who are not known is the one with the highest number, wherever it stands in the file."""
    subnets = [
        {"id": number, "subnet": f"10.0.{net}.0/24", "pools": [{"pool": f"10.0.{net}.10 - 10.0.{net}.19"}]}
        for number, net in ((1, 0), (9, 9), (2, 2))
    ]
    options = [{"name": "boot-file-name", "data": "/usual", "always-send": True}]
    tree = {
        "interfaces-config": {"interfaces": ["em1"]}, "option-data": options,
        "subnet4": subnets,
        "hooks-libraries": [{"library": "libdhcp_user_chk.so"}],
    }  # fmt: skip
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class Checked(World):
    """A server with the library, and its two files."""

    def __init__(self, folder: Path, *users: dict[str, str]) -> None:
        super().__init__(settings())
        self.registry, self.outcome = folder / REGISTRY, folder / OUTCOME
        self.write(*users)
        self.library: Any = put_to_work(self.settings, self.hooks, self.log, self.table)

    def write(self, *users: dict[str, str]) -> None:
        """Write a registry, later than the one before."""
        self.registry.write_text("".join(json.dumps(user) + "\n" for user in users))
        later = self.registry.stat().st_mtime_ns + 1_000_000
        os.utime(self.registry, ns=(later, later))

    def get(self, number: int, kind: int = DISCOVER, **more: Any) -> Any:
        """The reply to a client."""
        return self.ask(message(kind, {**more.pop("options", {})}, chaddr=mac(number), **more))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def test_those_who_are_not_known_get_the_last_subnet(folder: Path) -> None:
    world = Checked(folder, *USERS)
    assert [world.get(number).yiaddr >> 8 & 0xFF for number in (1, 2, 3)] == [0, 0, 9]


def test_users_have_options_of_their_own(folder: Path) -> None:
    world = Checked(folder, *USERS)
    one, two, three = (world.get(number).options for number in (1, 2, 3))
    assert (one[67], one[66]) == (b"/boot/one", b"tftp.example")
    assert list(one)[-2:] == [67, 66]
    assert [(each[67], each.get(66)) for each in (two, three)] == [(b"/usual", None)] * 2


def test_others_have_those_of_the_default_user(folder: Path) -> None:
    world = Checked(folder, *USERS, DEFAULT)
    assert [world.get(number).options[67] for number in (1, 2, 3)] == [b"/boot/one", b"/usual", b"/boot/register"]


def test_each_reply_but_a_nak_is_recorded(folder: Path) -> None:
    world = Checked(folder, *USERS)
    address = world.get(1).yiaddr
    world.get(3, REQUEST, options={50: b"\x0a\x63\0\1"})
    assert world.outcome.read_text() == (
        f"id_type=HW_ADDR\nclient=hwtype=1 {mac(1).hex(':')}\naddr=10.0.0.10\nregistered=yes\n\n"
    )
    world.get(3)
    assert world.outcome.read_text().endswith("registered=no\n\n")
    assert address == 0x0A00000A


def test_a_changed_registry_counts_from_the_next_query_on(folder: Path) -> None:
    world = Checked(folder)
    world.get(1)
    world.write(*USERS)
    assert world.get(1).options[67] == b"/boot/one"
    world.registry.write_text("{")
    assert world.get(1).options[67] == b"/boot/one"
    world.registry.unlink()
    assert world.get(1).options[67] == b"/boot/one"
    texts = world.log.texts("USER_CHK_REFRESH_FAILED")
    assert [text.partition(":")[0] for text in texts] == [
        "line 1", f"{world.registry} cannot be read"
    ]  # fmt: skip


def test_without_a_registry_the_library_cannot_be_loaded(folder: Path) -> None:
    world = World(settings())
    with pytest.raises(ValueError, match=REGISTRY):
        put_to_work(world.settings, world.hooks, world.log, world.table)
    assert len(world.log.texts("USER_CHK_HOOK_LOAD_ERROR")) == 1
    (folder / REGISTRY).write_text("")
    (folder / OUTCOME).mkdir()
    with pytest.raises(ValueError, match="Is a directory"):
        put_to_work(world.settings, world.hooks, world.log, world.table)


def test_the_outcome_file_is_continued_and_closed(folder: Path) -> None:
    (folder / OUTCOME).write_text("before\n")
    world = Checked(folder, *USERS)
    world.get(1)
    world.library.unload()
    assert world.outcome.read_text().startswith("before\nid_type=HW_ADDR\n")
    world.get(1)
    assert world.outcome.read_text().count("id_type") == 1


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("no", "malformed JSON"),
        ("[]", "malformed JSON"),
        ('{ "type": "HW_ADDR", "id": 7 }', "has non-string value for : id"),
        ('{ "type": "MAC", "id": "01" }', "Invalid UserIdType string:MAC"),
        ('{ "id": "01" }', "Invalid UserIdType string:"),
        ('{ "type": "HW_ADDR" }', "may not be blank"),
        ('{ "type": "HW_ADDR", "id": "0z" }', "is not hexadecimal"),
        (f'{{ "type": "HW_ADDR", "id": "{"00" * 21}" }}', "longer than 20 bytes"),
        (
            '{ "type": "HW_ADDR", "id": "01" }\n{ "type": "HW_ADDR", "id": "0:1" }',
            "line 2: UserRegistry duplicate user",
        ),
    ],
)
def test_faults_are_named_with_their_line(line: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        read(line)
