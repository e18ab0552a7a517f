"""Kea's log messages of the HA library where something fails: at the start, at hook points, at the partner."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted import events as E
from kea_twisted.adapters.partner.library import HighAvailability
from kea_twisted.config import load_tree
from kea_twisted.config.refusal import log_refusal
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.hooks.chain import HookChain, consult
from kea_twisted.lease.lease import Change
from kea_twisted.libraries.lookup import check
from kea_twisted.wire.address import address_text
from tests.fakes import RecordingLog
from tests.ha.test_ha_hub import Hub
from tests.scenarios.pairworld import START, World, lease_of

PEERS = [
    {"name": "s1", "url": "http://127.0.0.1:8001/", "role": "primary"},
    {"name": "s2", "url": "http://127.0.0.1:8002/", "role": "standby"},
]


def refusal(parameters: dict[str, Any] | None) -> RecordingLog:
    """The log of a configuration with these parameters of the HA library."""
    entry = {"library": "libdhcp_ha.so"} | ({} if parameters is None else {"parameters": parameters})
    log, problems = RecordingLog(), Problems()
    settings = load_tree({"Dhcp4": {"hooks-libraries": [{"library": "libdhcp_lease_cmds.so"}, entry]}})
    check(settings, problems)
    with pytest.raises(ConfigError) as caught:
        problems.raise_errors()
    log_refusal(log, caught.value.problems)
    return log


@pytest.mark.parametrize("parameters", [None, {}])
def test_a_library_without_its_parameter_is_named_as_kea_does(parameters: dict[str, Any] | None) -> None:
    log = refusal(parameters)
    assert log.identifiers() == ["HA_MISSING_CONFIGURATION", "DHCP4_PARSER_FAIL"]
    assert log.texts("HA_MISSING_CONFIGURATION") == [
        "high-availability parameter not specified for High Availability hooks library"
    ]


def test_each_fault_of_the_parameters_is_a_message_of_the_library() -> None:
    log = refusal({"high-availability": [{"this-server-name": "s1", "mode": "hot-standby", "peers": PEERS[:1]}]})
    assert log.texts("HA_CONFIGURATION_FAILED") == [
        "failed to configure High Availability hooks library: hot-standby mode needs a standby server"
    ]
    log = refusal({"high-availability": [{"this-server-name": "s3", "mode": "x", "peers": PEERS, "sync-timeout": "y"}]})
    assert len(log.texts("HA_CONFIGURATION_FAILED")) == 3
    assert log.identifiers()[-1] == "DHCP4_PARSER_FAIL"


class Broken:
    """An object that raises an error wherever it is used."""

    def __getattr__(self, name: str) -> Any:
        raise ArithmeticError(name)


@pytest.mark.parametrize(
    ("point", "arguments"),
    [
        ("subnet4_select", (Broken(), Broken())),
        ("leases4_committed", (Broken(),)),
        ("lease4_expire", (Broken(),)),
    ],
)
def test_a_callback_that_fails_is_named_as_kea_does(point: str, arguments: tuple[Any, ...]) -> None:
    hub = Hub()
    hub.log.lines.clear()
    with_fault = getattr(hub.hooks, point)
    consult(point, with_fault, hub.log, *arguments)
    assert hub.log.identifiers() == [f"HA_{point.upper()}_FAILED", "HOOKS_CALLOUT_EXCEPTION"]
    assert hub.log.texts(f"HA_{point.upper()}_FAILED")[0].startswith(f"{point} callout failed: ")


def test_a_callback_of_another_library_has_the_message_of_the_server_only() -> None:
    log, hooks = RecordingLog(), HookChain()
    hooks.register("lease4_expire", lambda lease: 1 / 0)
    consult("lease4_expire", hooks.lease4_expire, log, None)
    assert log.identifiers() == ["HOOKS_CALLOUT_EXCEPTION"]


def test_services_that_cannot_be_started_are_named_as_kea_does() -> None:
    class Host:
        log = RecordingLog()

        def __getattr__(self, name: str) -> None:
            """Nothing else of the server is there."""

    class Library:
        def start(self) -> None:
            raise ArithmeticError("no driver")

    library = HighAvailability({}, lambda *_: Library())  # type: ignore[arg-type, return-value]
    library.load(Host())  # type: ignore[arg-type]
    with pytest.raises(ArithmeticError):
        library.start()
    assert Host.log.texts("HA_DHCP4_START_SERVICE_FAILED") == [
        "failed to start DHCPv4 HA services in dhcp4_srv_configured callout: no driver"
    ]


@pytest.mark.parametrize(
    ("deleted", "event", "text"),
    [
        (False, E.HA_LEASE_UPDATE_CREATE_UPDATE_FAILED_ON_PEER, "failed to create or update the lease"),
        (True, E.HA_LEASE_UPDATE_DELETE_FAILED_ON_PEER, "failed to delete the lease"),
    ],
)
def test_a_lease_of_a_group_that_the_partner_does_not_take_is_named(deleted: bool, event: E.Event, text: str) -> None:
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    lease = lease_of(1, START)
    failed = "failed-deleted-leases" if deleted else "failed-leases"
    failure = {"ip-address": address_text(lease.address), "result": 1, "error-message": "disk full"}
    answers: dict[str, Any] = {"list-commands": ["lease4-bulk-apply"], "lease4-bulk-apply": {failed: [failure]}}

    serve = two.serve

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        name = command["command"]
        return {"result": 0, "arguments": answers[name]} if name in answers else serve(command)

    two.serve = answer  # type: ignore[method-assign]
    world.settle()
    one.client(lease, Change(lease, deleted))
    world.settle()
    (found,) = one.log.texts(event.identifier)
    assert found.endswith(
        f": {text} having type V4 for address {address_text(lease.address)}, reason: disk full (error code 1)"
    )
