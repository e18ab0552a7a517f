"""interfaces-config selects interfaces as Kea does, in Kea's words."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest

from kea_twisted.adapters.net.nics import Nic, select, system_nics, unknown_entries
from kea_twisted.config.model import InterfacesConfig
from kea_twisted.wire.address import address_number

ONE, TWO, LOCAL = (address_number(text) for text in ("10.0.0.1", "10.0.0.2", "127.0.0.1"))
MAC = bytes.fromhex("080027c40fd1")

NICS = {
    nic.name: nic
    for nic in (
        Nic("lo", 1, bytes(6), (LOCAL,), loopback=True, broadcast=False),
        Nic("em1", 2, MAC, (ONE, TWO)),
        Nic("em2", 3, MAC, (), up=False, running=False),
        Nic("em3", 4, MAC, (ONE,), running=False),
        Nic("em4", 5, MAC, ()),
    )
}


def chosen(*entries: str, kind: str = "raw") -> list[tuple[str, tuple[int, ...]]]:
    selection = select(InterfacesConfig(entries, kind), NICS)
    return [(nic.name, nic.addresses) for nic in selection.usable]


def refused(*entries: str, kind: str = "raw") -> list[str]:
    return [reason for _, reason in select(InterfacesConfig(entries, kind), NICS).refused]


def test_a_name_means_all_addresses() -> None:
    assert chosen("em1") == [("em1", (ONE, TWO))]


def test_an_address_means_that_one() -> None:
    assert chosen("em1/10.0.0.2") == [("em1", (TWO,))]
    assert chosen("em1/10.0.0.2", "em1/10.0.0.1") == [("em1", (ONE, TWO))]


def test_an_address_keeps_its_broadcast_address() -> None:
    directed = address_number("10.0.0.255")
    nics = {"em1": NICS["em1"]._replace(broadcasts=(directed, 0))}
    both, first, second = (
        select(InterfacesConfig((entry,)), nics).usable[0] for entry in ("em1", "em1/10.0.0.1", "em1/10.0.0.2")
    )
    assert [nic.named for nic in (both, first, second)] == [False, True, True]
    assert [nic.destinations for nic in (both, first, second)] == [(ONE, TWO, directed), (ONE, directed), (TWO,)]


@pytest.mark.parametrize(
    ("address", "netmask", "broadcast"),
    [
        ("10.0.0.1", "255.255.255.0", "10.0.0.255"),
        ("10.0.0.1", "255.255.254.0", "10.0.1.255"),
        ("10.0.0.1", "255.255.255.255", "0.0.0.0"),
        ("10.0.0.1", "255.255.255.254", "0.0.0.0"),
        ("10.0.0.1", None, "0.0.0.0"),
    ],
)
def test_the_broadcast_address_follows_from_the_mask(
    monkeypatch: pytest.MonkeyPatch, address: str, netmask: str | None, broadcast: str
) -> None:
    entry = SimpleNamespace(family=socket.AF_INET, address=address, netmask=netmask, broadcast=None)
    stats = SimpleNamespace(flags="up,broadcast,running", mtu=1500)
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"em1": [entry]})
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {"em1": stats})
    assert system_nics()["em1"].broadcasts == (address_number(broadcast),)


def test_the_star_means_everything_but_loopback() -> None:
    assert chosen("*") == [("em1", (ONE, TWO))]
    assert chosen("*", "em1/10.0.0.2") == [("em1", (TWO,))]


def test_no_entry_means_nothing() -> None:
    assert chosen() == []


def test_loopback_is_for_udp_only() -> None:
    assert chosen("lo", kind="udp") == [("lo", (LOCAL,))]
    assert refused("lo") == ["must not open socket on the loopback interface lo"]


# the sentences of Kea 3.0.4
@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("nope0", "interface 'nope0' doesn't exist in the system"),
        ("em2", "the interface em2 is down"),
        ("em3", "the interface em3 is not running"),
        ("em4", "the interface em4 has no usable IPv4 addresses configured"),
        ("em1/10.0.0.7", "interface 'em1' doesn't have address '10.0.0.7' assigned"),
    ],
)
def test_what_cannot_be_used_is_said(entry: str, sentence: str) -> None:
    assert refused(entry) == [sentence]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (("em1", "*"), []),
        (("em2",), []),  # exists: a matter of the sockets, not of the configuration
        (("em1", "nope0"), [(1, "interface 'nope0' doesn't exist in the system")]),
        (("em1/10.0.0.7",), [(0, "interface 'em1' doesn't have address '10.0.0.7' assigned")]),
        (("em1/xx",), [(0, "Failed to convert string to address 'xx': Invalid argument")]),
        (("em1", "em1"), [(1, "interface 'em1' has already been specified")]),
    ],
)
def test_entries_a_configuration_check_can_question(entries: tuple[str, ...], expected: list[tuple[int, str]]) -> None:
    assert unknown_entries(InterfacesConfig(entries), NICS) == expected


def test_the_machine_has_a_loopback_interface() -> None:
    loopbacks = [nic for nic in system_nics().values() if nic.loopback]
    assert loopbacks
    assert all(socket.if_indextoname(nic.ifindex) == nic.name for nic in system_nics().values())
    assert any(LOCAL in nic.addresses and nic.up for nic in loopbacks)
