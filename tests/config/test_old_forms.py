"""Old forms in real files that Kea accepts or accepted: old places, values of other programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.config.unparse import effective
from kea_twisted.errors import ConfigError


def loaded(document: dict[str, Any]) -> Settings:
    return load(json.dumps(document), "f", lambda path: "")


def warnings(settings: Settings) -> list[str]:
    assert all(warning.place is not None and warning.place.line == 1 for warning in settings.warnings)
    return [warning.text for warning in settings.warnings]


def test_loggers_beside_dhcp4_move_into_it() -> None:
    old = {"Dhcp4": {}, "Logging": {"loggers": [{"name": "kea-dhcp4", "severity": "ERROR"}]}}
    settings = loaded(old)
    assert [(logger.name, logger.severity) for logger in settings.loggers] == [("kea-dhcp4", "ERROR")]
    assert warnings(settings) == ["'Logging' beside 'Dhcp4' is the old place of 'loggers': write 'loggers' in 'Dhcp4'"]
    assert effective(settings)["Dhcp4"]["loggers"][0]["severity"] == "ERROR"


def test_what_is_wrong_in_the_old_place_is_named_where_it_was_written() -> None:
    with pytest.raises(ConfigError) as caught:
        loaded({"Logging": {"loggers": [{"name": "a", "severity": 5}]}, "Dhcp4": {}})
    assert str(caught.value).startswith("f:1:52: 'severity' in loggers[0] must be one of")


def test_loggers_in_dhcp4_hold() -> None:
    settings = loaded({"Dhcp4": {"loggers": [{"name": "new"}]}, "Logging": {"loggers": [{"name": "old"}]}})
    assert [logger.name for logger in settings.loggers] == ["new"]
    assert "is ignored" in warnings(settings)[0]


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("qualifying-suffix", "ddns-qualifying-suffix", "example.org"),
        ("override-client-update", "ddns-override-client-update", True),
        ("override-no-update", "ddns-override-no-update", True),
        ("replace-client-name", "ddns-replace-client-name", "always"),
        ("generated-prefix", "ddns-generated-prefix", "host"),
        ("hostname-char-set", "hostname-char-set", "[^a]"),
        ("hostname-char-replacement", "hostname-char-replacement", "x"),
    ],
)
def test_names_inside_dhcp_ddns_move_out(old: str, new: str, value: object) -> None:
    settings = loaded({"Dhcp4": {"dhcp-ddns": {"enable-updates": True, old: value}}})
    assert settings.tree[new] == value
    assert warnings(settings) == [f"'{old}' in dhcp-ddns is an old name: write '{new}' in 'Dhcp4'"]
    both = loaded({"Dhcp4": {"dhcp-ddns": {"enable-updates": True, old: value}, new: value}})
    assert "which holds; remove it" in warnings(both)[0]


def test_a_suffix_from_the_old_place_is_in_force() -> None:
    subnet = {"id": 1, "subnet": "10.0.0.0/24"}
    ddns = {"enable-updates": False, "qualifying-suffix": "example.org"}
    assert loaded({"Dhcp4": {"dhcp-ddns": ddns, "subnet4": [subnet]}}).subnets[0].names.suffix == "example.org"


@pytest.mark.parametrize("severity", ["WARNING", "Warning", "VERBOSE", "LOUD", ""])
def test_a_severity_that_kea_does_not_know_is_info(severity: str) -> None:
    settings = loaded({"Dhcp4": {"loggers": [{"name": "kea-dhcp4", "severity": severity}]}})
    assert settings.loggers[0].severity == "INFO"
    assert "reads as INFO: it must be one of FATAL, ERROR, WARN" in warnings(settings)[0]


def test_a_logger_without_a_name_is_the_root() -> None:
    settings = loaded({"Dhcp4": {"loggers": [{"severity": "DEBUG"}]}})
    assert settings.loggers[0].name == "kea-dhcp4"
    assert warnings(settings) == ["a logger without 'name' is taken for 'kea-dhcp4': write its name"]


@pytest.mark.parametrize(
    "inside",
    [
        {"dhcp-ddns": {"enable-updates": True, "ncr-protocol": "udp", "ncr-format": "json"}},
        {"ddns-replace-client-name": "ALWAYS"},
        {"ddns-conflict-resolution-mode": "CHECK-WITH-DHCID"},
    ],
)
def test_words_in_another_case(inside: dict[str, Any]) -> None:
    settings = loaded({"Dhcp4": inside})
    assert warnings(settings) == []
    shown = effective(settings)["Dhcp4"]
    assert shown["dhcp-ddns"].get("ncr-protocol", "UDP") == "UDP"
    assert shown["ddns-replace-client-name"] in ("always", "never")
    assert shown["ddns-conflict-resolution-mode"] == "check-with-dhcid"


@pytest.mark.parametrize("name", ["valid-lifetime", "cache-max-age"])
def test_a_lifetime_of_minus_one_is_for_ever(name: str) -> None:
    settings = loaded({"Dhcp4": {name: -1}})
    assert effective(settings)["Dhcp4"][name] == 4294967295
    assert f"'{name}' in Dhcp4 is -1, which is read as 4294967295" in warnings(settings)[0]


@pytest.mark.parametrize("name", ["renew-timer", "rebind-timer", "offer-lifetime"])
def test_a_timer_of_minus_one_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="must be an integer from 0"):
        loaded({"Dhcp4": {name: -1}})


@pytest.mark.parametrize(("level", "nearest"), [(100, 99), (-1, 0)])
def test_a_debug_level_out_of_range_is_the_nearest(level: int, nearest: int) -> None:
    settings = loaded({"Dhcp4": {"loggers": [{"name": "kea-dhcp4", "debuglevel": level}]}})
    assert settings.loggers[0].debuglevel == nearest
    assert f"{level} is read as {nearest}" in warnings(settings)[0]


def test_percentages_matter_where_they_are_used() -> None:
    subnet = {"id": 1, "subnet": "10.0.0.0/24"}
    assert not warnings(loaded({"Dhcp4": {"t1-percent": 0.0, "subnet4": [subnet]}}))
    with pytest.raises(ConfigError, match="'t1-percent' in subnet4"):
        loaded({"Dhcp4": {"subnet4": [subnet | {"t1-percent": 1.5, "calculate-tee-times": True}]}})
    with pytest.raises(ConfigError, match="t1-percent 0.9 is not below"):
        loaded({"Dhcp4": {"calculate-tee-times": True, "t1-percent": 0.9}})


def test_no_class_is_no_guard_and_a_class_counts_once() -> None:
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "client-class": "", "evaluate-additional-classes": ["a", "b", "a", "c"]}
    settings = loaded({"Dhcp4": {"client-classes": [{"name": each} for each in "abc"], "subnet4": [subnet]}})
    assert not settings.subnets[0].client_classes
    assert settings.subnets[0].additional_classes == ("a", "b", "c")
    assert warnings(settings) == ["subnet4[0].evaluate-additional-classes[2] exists already: it counts once"]


def test_keywords_of_http_on_a_unix_socket_have_no_effect() -> None:
    entry = {"socket-type": "unix", "socket-name": "kea4", "socket-port": 8000, "cert-required": True}
    settings = loaded({"Dhcp4": {"control-sockets": [entry]}})
    assert len(settings.control_sockets) == 1
    assert [text.partition(" in ")[0] for text in warnings(settings)] == ["'socket-port'", "'cert-required'"]


def test_bytes_of_another_encoding() -> None:
    text = b'{ # Z\xe4hler\n"Dhcp4": {"comment": "B\xfcro", "user-context": {"a": "\xc3\xbc"}}}'
    settings = load(text.decode(errors="surrogateescape"), "f", lambda path: "")
    assert settings.tree["comment"] == "Büro"
    assert settings.tree["user-context"] == {"a": "ü"}
    assert [str(warning) for warning in settings.warnings] == [
        "f:1:6: byte 0xe4 is not UTF-8 and is read as ISO 8859-1: save the file as UTF-8"
    ]


def test_bytes_of_another_encoding_in_a_large_file() -> None:
    start = b'{"Dhcp4": {"comment": "B\xfcro'
    settings = load((start + b"o" * (1 << 17) + b'"}}').decode(errors="surrogateescape"), "f", lambda path: "")
    assert settings.tree["comment"].startswith("Büro")
    assert "is not UTF-8" in settings.warnings[0].text


def test_a_name_as_the_global_next_server_sends_none() -> None:
    settings = loaded({"Dhcp4": {"next-server": "tftp.example.org"}})
    assert settings.next_server == 0
    assert "names are not looked up" in warnings(settings)[0]
    with pytest.raises(ConfigError):
        loaded({"Dhcp4": {"client-classes": [{"name": "a", "next-server": "tftp"}]}})


def test_both_names_of_conflict_resolution() -> None:
    settings = loaded(
        {"Dhcp4": {"ddns-use-conflict-resolution": False, "ddns-conflict-resolution-mode": "check-with-dhcid"}}
    )
    assert settings.tree["ddns-conflict-resolution-mode"] == "check-with-dhcid"
    assert "is given too and holds" in warnings(settings)[0]


def test_a_library_that_is_listed_twice_is_loaded_once() -> None:
    entry = {"library": "/x/libdhcp_lease_cmds.so", "parameters": {"a": 1}}
    settings = loaded({"Dhcp4": {"hooks-libraries": [entry, entry]}})
    assert len(settings.hooks_libraries) == 1
    assert "is listed twice: it is loaded once" in warnings(settings)[0]
    elsewhere = {**entry, "library": "libdhcp_lease_cmds"}
    assert len(loaded({"Dhcp4": {"hooks-libraries": [entry, elsewhere]}}).hooks_libraries) == 1
    other = {**entry, "parameters": {"a": 2}}
    assert len(loaded({"Dhcp4": {"hooks-libraries": [entry, other]}}).hooks_libraries) == 2
