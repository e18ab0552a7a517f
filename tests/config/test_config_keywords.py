"""The keyword table against the inventory of Kea's parameters, and against itself."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest

from kea_twisted.config.keywords import KEYWORDS, OLD_NAMES, RENAMED, SCOPES, Keyword, default
from kea_twisted.config.kinds import ListOf, ListOfMaps, MapOf
from kea_twisted.config.model import (
    ExpiredLeases,
    InterfacesConfig,
    LeaseDatabase,
    LoggerSettings,
    LogOutput,
    Settings,
)

# Kea 3.3's defaults, transcribed apart from the table. None: unset.
DEFAULTS: dict[str, dict[str, Any]] = {
    "global": {
        "valid-lifetime": 7200, "min-valid-lifetime": None, "max-valid-lifetime": None, "renew-timer": None,
        "rebind-timer": None, "calculate-tee-times": False, "t1-percent": 0.5, "t2-percent": 0.875,
        "offer-lifetime": None, "decline-probation-period": 86400, "echo-client-id": True,
        "match-client-id": True,
        "authoritative": False, "next-server": "0.0.0.0", "server-hostname": "", "boot-file-name": "",
        "reservations-global": False, "reservations-in-subnet": True, "reservations-out-of-pool": False,
        "early-global-reservations-lookup": False, "ip-reservations-unique": True,
        "reservations-lookup-first": False,
        "host-reservation-identifiers": ["hw-address", "duid", "circuit-id", "client-id"],
        "allocator": "iterative", "cache-threshold": 0.25, "cache-max-age": None,
        "adaptive-lease-time-threshold": None, "store-extended-info": False, "stash-agent-options": False,
        "hostname-char-set": "[^A-Za-z0-9.-]", "hostname-char-replacement": "", "ddns-send-updates": True,
        "ddns-override-no-update": False, "ddns-override-client-update": False,
        "ddns-replace-client-name": "never",
        "ddns-generated-prefix": "myhost", "ddns-qualifying-suffix": "", "ddns-update-on-renew": False,
        "ddns-conflict-resolution-mode": "check-with-dhcid", "ddns-ttl-percent": None, "ddns-ttl": None,
        "ddns-ttl-min": None, "ddns-ttl-max": None, "parked-packet-limit": 256,
        "statistic-default-sample-count": 20, "statistic-default-sample-age": 0, "server-tag": "",
        "dhcp4o6-port": 0,
    },
    "subnet": {"4o6-interface": "", "4o6-interface-id": "", "4o6-subnet": "", "id": None},
    "option-data": {"space": "dhcp4", "csv-format": True, "always-send": False, "never-send": False},
    "option-def": {"array": False, "space": "dhcp4", "record-types": "", "encapsulate": ""},
    "interfaces-config": {
        "dhcp-socket-type": "raw", "outbound-interface": "same-as-inbound", "re-detect": True,
        "service-sockets-require-all": False, "service-sockets-max-retries": 0,
        "service-sockets-retry-wait-time": 5000,
    },
    "lease-database": {"persist": True, "lfc-interval": 3600, "max-row-errors": 0},
    "expired-leases-processing": {
        "reclaim-timer-wait-time": 10, "flush-reclaimed-timer-wait-time": 25, "hold-reclaimed-time": 3600,
        "max-reclaim-leases": 100, "max-reclaim-time": 250, "unwarned-reclaim-cycles": 5,
    },
    "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 0, "packet-queue-size": 64},
    "dhcp-queue-control": {"enable-queue": False, "queue-type": "kea-ring4", "capacity": 64},
    "sanity-checks": {"lease-checks": "warn", "extended-info-checks": "fix"},
    "dhcp-ddns": {
        "server-ip": "127.0.0.1", "server-port": 53001, "sender-ip": "", "sender-port": 0,
        "max-queue-size": 1024,
        "ncr-protocol": "UDP", "ncr-format": "JSON",
    },
    "compatibility": {
        "lenient-option-parsing": False, "ignore-dhcp-server-identifier": False,
        "ignore-rai-link-selection": False, "exclude-first-last-24": False,
    },
    "control-socket": {"socket-address": "127.0.0.1", "socket-port": 8000, "cert-required": True},
    "logger": {"severity": "INFO", "debuglevel": 0},
    "output": {"flush": True, "maxsize": 10240000, "maxver": 1, "pattern": ""},
    "config-control": {"config-fetch-wait-time": 30},
}  # fmt: skip

REQUIRED = {
    "lease-database": {"type"},
    "hook": {"library"},
    "subnet": {"subnet"},  # and an id, which is given one here where Kea 3 refuses
    "pool": {"pool"},
    "network": {"name"},
    "class": {"name"},
    "option-def": {"name", "code", "type"},
    "control-socket": {"socket-type"},
    "dhcp-queue-control": {"enable-queue"},
    "dhcp-ddns": {"enable-updates"},
    "multi-threading": {"enable-multi-threading"},
}


@pytest.mark.parametrize(
    ("scope", "name", "value"),
    [(scope, name, value) for scope, rows in DEFAULTS.items() for name, value in rows.items()],
)
def test_a_default_is_that_of_kea(scope: str, name: str, value: Any) -> None:
    assert default(scope, name) == value
    assert type(default(scope, name)) is type(value)


@pytest.mark.parametrize("scope", REQUIRED)
def test_what_is_required_is_what_kea_requires(scope: str) -> None:
    assert {name for name, row in SCOPES[scope].items() if row.required} == REQUIRED[scope]


@pytest.mark.parametrize("row", KEYWORDS, ids=lambda row: f"{row.name}-{row.scopes.split()[0]}")
def test_a_default_is_a_possible_value(row: Keyword) -> None:
    if row.default is not None:
        assert row.kind.complaint(row.default) == ""
        if isinstance(row.kind, ListOf):
            assert all(row.kind.item.complaint(item) == "" for item in row.default)


def test_each_keyword_has_one_row_in_a_scope() -> None:
    pairs = [(scope, row.name) for row in KEYWORDS for scope in row.scopes.split()]
    assert len(pairs) == len(set(pairs))


def test_every_scope_that_is_named_exists() -> None:
    inner = {row.kind.scope for row in KEYWORDS if isinstance(row.kind, (MapOf, ListOfMaps))}
    assert inner | {"global"} == set(SCOPES)


def test_an_old_name_stands_for_a_keyword_of_the_same_scope() -> None:
    for row in RENAMED:
        for scope in row.scopes.split():
            assert row.new in SCOPES[scope]
            assert row.old not in SCOPES[scope]
            assert OLD_NAMES[scope][row.old] is row


@pytest.mark.parametrize(
    ("record", "scope"),
    [
        (InterfacesConfig, "interfaces-config"),
        (LeaseDatabase, "lease-database"),
        (ExpiredLeases, "expired-leases-processing"),
        (LogOutput, "output"),
        (LoggerSettings, "logger"),
        (Settings, "global"),
        (Settings, "compatibility"),
    ],
)
def test_the_defaults_of_a_record_are_those_of_the_table(record: Any, scope: str) -> None:
    for field in fields(record):
        row = SCOPES[scope].get(field.name.replace("_", "-"))
        if row is not None and field.default is not MISSING and field.name != "next_server":
            found = list(field.default) if isinstance(field.default, tuple) else field.default
            assert found == row.default
