"""The parameters of ``libdhcp_ha`` in ``config-get``: with the defaults that a Kea 3.0.4 showed for the same."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.server.libraries import with_defaults

FROM_KEA = {
    "delayed-updates-limit": 0, "heartbeat-delay": 10000, "max-ack-delay": 10000, "max-rejected-lease-updates": 10,
    "max-response-delay": 60000, "max-unacked-clients": 10, "mode": "hot-standby",
    "multi-threading": {
        "enable-multi-threading": True, "http-client-threads": 0, "http-dedicated-listener": True,
        "http-listener-threads": 0,
    },
    "peers": [
        {"auto-failover": True, "name": "a", "role": "primary", "url": "http://10.0.0.1:8001/"},
        {"auto-failover": False, "name": "b", "role": "standby", "url": "http://10.0.0.2:8001/"},
    ],
    "require-client-certs": True, "restrict-commands": True, "send-lease-updates": True, "sync-leases": True,
    "sync-page-limit": 10000, "sync-timeout": 60000, "this-server-name": "a", "wait-backup-ack": False,
}  # fmt: skip
PEERS = [
    {"name": "a", "role": "primary", "url": "http://10.0.0.1:8001/"},
    {"name": "b", "role": "standby", "url": "http://10.0.0.2:8001/", "auto-failover": False},
]
OTHER = {
    "heartbeat-delay": 500, "user-context": {"a": 1}, "multi-threading": {"enable-multi-threading": False},
    "state-machine": {"states": [{"state": "waiting", "pause": "never"}]},
}  # fmt: skip


def shown(relationship: dict[str, Any]) -> dict[str, Any]:
    libraries: list[dict[str, Any]] = [
        {"library": "/x/libdhcp_lease_cmds.so", "parameters": {}},
        {"library": "/x/libdhcp_ha.so", "parameters": {"high-availability": [relationship], "comment": "c"}},
    ]
    found = with_defaults({"Dhcp4": {"hooks-libraries": libraries, "valid-lifetime": 1}})["Dhcp4"]
    assert found["hooks-libraries"][0] == libraries[0]
    assert found["hooks-libraries"][1]["parameters"]["comment"] == "c"
    assert found["valid-lifetime"] == 1
    (one,) = found["hooks-libraries"][1]["parameters"]["high-availability"]
    assert list(one) == sorted(one)
    return dict(one)


@pytest.mark.parametrize(
    ("mode", "different"),
    [
        ("hot-standby", {}),
        ("load-balancing", {"mode": "load-balancing", "delayed-updates-limit": 100}),
        ("passive-backup", {"mode": "passive-backup"}),
    ],
)
def test_defaults_are_written_out(mode: str, different: dict[str, Any]) -> None:
    assert shown({"this-server-name": "a", "mode": mode, "peers": PEERS}) == {**FROM_KEA, **different}


def test_what_is_configured_stays() -> None:
    threads = {**FROM_KEA["multi-threading"], "enable-multi-threading": False}  # type: ignore[dict-item]
    relationship = {"this-server-name": "a", "mode": "hot-standby", "peers": PEERS, **OTHER}
    assert shown(relationship) == {**FROM_KEA, **OTHER, "multi-threading": threads}


def test_a_state_pauses_never_unless_it_is_configured() -> None:
    states = [{"state": "waiting"}, {"state": "syncing", "pause": "once"}]
    relationship = {"this-server-name": "a", "mode": "hot-standby", "peers": PEERS, "state-machine": {"states": states}}
    expected = [{"pause": "never", "state": "waiting"}, {"pause": "once", "state": "syncing"}]
    assert shown(relationship)["state-machine"] == {"states": expected}


def test_without_high_availability_nothing_changes() -> None:
    configuration = {"Dhcp4": {"hooks-libraries": [{"library": "libdhcp_flex_id.so", "parameters": {}}]}}
    assert with_defaults(configuration) is configuration
