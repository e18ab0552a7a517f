"""Parameters in, settings or findings with places out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.config.model import HookLibrary
from kea_twisted.config.text import parse as parse_text
from kea_twisted.errors import Problems
from kea_twisted.ha import settings as ha
from kea_twisted.ha.states import State
from kea_twisted.ha.url import parse_url

TUTORIAL = Path(__file__).parent.parent / "data" / "tutorial"


def relationship(**changes: Any) -> dict[str, Any]:
    """A small correct relationship."""
    tree: dict[str, Any] = {
        "this-server-name": "server1",
        "mode": "hot-standby",
        "peers": [
            {"name": "server1", "url": "http://10.0.0.1:8000/", "role": "primary"},
            {"name": "server2", "url": "http://10.0.0.2:8000/", "role": "standby"},
        ],
    }
    return {key: value for key, value in (tree | changes).items() if value is not None}


def read(tree: Any) -> tuple[ha.HaSettings | None, list[str], list[str]]:
    """Settings, errors and warnings of a relationship written as text."""
    problems = Problems()
    text = json.dumps({"high-availability": [tree]}, indent=1)
    parameters = parse_text(text, "ha.json", lambda name: "", problems)
    settings = ha.parse(parameters, problems)
    assert (settings is None) == bool(problems.errors)
    return settings, list(map(str, problems.errors)), list(map(str, problems.warnings))


def errors_of(**changes: Any) -> str:
    return "\n".join(read(relationship(**changes))[1])


def test_the_tutorials_files_are_understood() -> None:
    for name in ("server1", "server2"):
        problems = Problems()
        tree = parse_text((TUTORIAL / f"{name}.conf").read_text(), name, lambda name: "", problems)
        libraries = [
            HookLibrary(entry["library"], entry["parameters"]) for entry in tree["Dhcp4"]["hooks-libraries"]
        ]
        settings = ha.settings_of(libraries, problems)
        assert settings is not None and not problems.errors
        assert settings.me.name == name
        assert settings.partner.name != name
        assert (settings.heartbeat_delay, settings.max_response_delay, settings.max_ack_delay) == (10, 10, 5)
        assert settings.max_unacked_clients == 0
        assert settings.partner.label == f"{settings.partner.name} ({settings.partner.url.text})"


def test_defaults_are_keas() -> None:
    settings, _, _ = read(relationship())
    assert settings == ha.HaSettings(
        "server1",
        (
            ha.Peer("server1", parse_url("http://10.0.0.1:8000/"), "primary", True),
            ha.Peer("server2", parse_url("http://10.0.0.2:8000/"), "standby", True),
        ),
        "hot-standby", 0, 10.0, 60.0, 10.0, 10, 10, 0, True, True, 60.0, 10000, False, True, {},
    )
    assert (settings.local_origin, settings.remote_origin) == (1000, 2000)


def test_a_finding_has_the_place_of_the_value() -> None:
    text = '{ "high-availability": [ {\n  "mode": "sleepy" } ] }'
    problems = Problems()
    assert ha.parse(parse_text(text, "f.conf", lambda name: "", problems), problems) is None
    finding = "'mode' is 'sleepy', but must be one of hot-standby, load-balancing, passive-backup"
    assert f"f.conf:2:11: {finding}" in [str(problem) for problem in problems.errors]


PEERS = relationship()["peers"]
BACKUP = {"name": "server3", "url": "http://10.0.0.3:8000/", "role": "backup"}


def peer(index: int, **changes: Any) -> list[dict[str, Any]]:
    """The peers with one of them changed."""
    return [entry | changes if number == index else entry for number, entry in enumerate(PEERS)]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"this-server-name": None}, "'this-server-name' is missing"),
        ({"this-server-name": "server9"}, "no peer has this name"),
        ({"mode": None}, "'mode' is missing"),
        ({"mode": "load-balancing"}, "the load-balancing mode is not supported yet"),
        ({"mode": "passive-backup"}, "the passive-backup mode is not supported yet"),
        ({"peers": None}, "'peers' is missing"),
        ({"peers": {}}, "'peers' must be a list"),
        ({"peers": PEERS[:1]}, "hot-standby mode needs a standby server"),
        ({"peers": [*PEERS, PEERS[0]]}, "more than one peer with the name 'server1'"),
        ({"peers": [*PEERS, BACKUP | {"role": "standby"}]}, "there can be only one standby server"),
        ({"peers": [*PEERS, BACKUP | {"role": "secondary"}]}, "a secondary server has no place"),
        ({"peers": peer(0, role="boss")}, "'role' is 'boss'"),
        ({"peers": peer(0, name="")}, "must not be empty"),
        ({"peers": peer(0, url="http://kea.example:8000/")}, "bad url 'http://kea.example:8000/'"),
        ({"peers": peer(0, url="https://10.0.0.1:8000/")}, "TLS between the servers is not supported yet"),
        ({"peers": peer(0, url="ftp://10.0.0.1/")}, "it must start with http://"),
        ({"peers": peer(0, url="http://10.0.0.1:80000/")}, "bad url"),
        ({"peers": peer(0, **{"auto-failover": 1})}, "'auto-failover' must be true or false"),
        ({"peers": peer(0, **{"basic-auth-user": "me"})}, "authentication between the servers is not"),
        ({"trust-anchor": "/etc/ca"}, "TLS between the servers is not supported yet"),
        ({"heartbeat-delay": -1}, "'heartbeat-delay' must be between 0 and 4294967295"),
        ({"heartbeat-delay": True}, "'heartbeat-delay' must be an integer"),
        ({"max-ack-delay": 2**32}, "'max-ack-delay' must be between"),
        ({"sync-page-limit": 0}, "'sync-page-limit' must not be 0"),
        ({"wait-backup-ack": True}, "'wait-backup-ack' must be false in hot-standby mode"),
        ({"delayed-updates-limit": 5}, "'delayed-updates-limit' must be 0 in hot-standby mode"),
        ({"multi-threading": {"enable-multi-threading": False}}, "without its dedicated HTTP listener"),
        ({"multi-threading": {"http-dedicated-listener": False}}, "without its dedicated HTTP listener"),
        ({"state-machine": {"states": [{"state": "asleep"}]}}, "there is no HA state 'asleep'"),
        ({"state-machine": {"states": [{"state": "unavailable"}]}}, "there is no HA state 'unavailable'"),
        ({"state-machine": {"states": [{"state": "ready"}] * 2}}, "configured twice"),
        ({"state-machine": {"states": [{"state": "ready", "pause": "x"}]}}, "'pause' is 'x'"),
        ({"state-machine": {"states": [3]}}, "an entry of 'states' must be a map"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], finding: str) -> None:
    assert finding in errors_of(**changes)


def test_everything_is_reported_in_one_run() -> None:
    text = errors_of(**{"mode": "sleepy", "heartbeat-delay": -1, "peers": peer(0, url="x"), "sync-leases": 1})
    for key in ("'mode'", "'heartbeat-delay'", "bad url", "'sync-leases'"):
        assert key in text


@pytest.mark.parametrize(
    ("parameters", "finding"),
    [
        ({}, "'high-availability' is missing"),
        (None, "'high-availability' is missing"),
        ({"high-availability": {}}, "must be a list"),
        ({"high-availability": []}, "must not be empty"),
        ({"high-availability": [3]}, "must be a map"),
        ({"high-availability": [relationship(), relationship()]}, "several HA relationships are not"),
    ],
)
def test_other_shapes_of_parameters_are_refused(parameters: Any, finding: str) -> None:
    problems = Problems()
    assert ha.parse(parameters, problems) is None
    assert finding in str(problems.errors[0])


def test_backups_are_welcome() -> None:
    settings, errors, _ = read(relationship(peers=[*PEERS, BACKUP]))
    assert settings is not None and not errors
    assert [one.name for one in settings.backups] == ["server3"]
    backup, _, _ = read(relationship(peers=[*PEERS, BACKUP], **{"this-server-name": "server3"}))
    assert backup is not None
    with pytest.raises(ValueError):
        _ = backup.partner


def test_pauses_are_kept_by_state() -> None:
    states = [{"state": "syncing", "pause": "once"}, {"state": "ready"}]
    settings, _, _ = read(relationship(**{"state-machine": {"states": states}}))
    assert settings is not None
    assert settings.pauses == {State.SYNCING: "once", State.READY: "never"}


def test_an_unknown_key_is_a_warning_with_its_place() -> None:
    settings, _, warnings = read(relationship(**{"heartbeat-dealy": 3}))
    assert settings is not None
    assert len(warnings) == 1 and "'heartbeat-dealy' is not known" in warnings[0]


LEASE_COMMANDS = HookLibrary("/usr/lib/libdhcp_lease_cmds.so", {})


def library(**changes: Any) -> HookLibrary:
    return HookLibrary("libdhcp_ha.so", {"high-availability": [relationship(**changes)]})


def test_the_lease_commands_must_be_loaded_too() -> None:
    problems = Problems()
    assert ha.settings_of([library()], problems) is None
    assert "needs libdhcp_lease_cmds in hooks-libraries" in str(problems.errors[0])
    for order in ([library(), LEASE_COMMANDS], [LEASE_COMMANDS, library()]):
        problems = Problems()
        ha.check(order, problems)
        assert not problems.errors


def test_without_updates_and_syncing_nobody_needs_lease_commands() -> None:
    problems = Problems()
    settings = ha.settings_of([library(**{"send-lease-updates": False, "sync-leases": False})], problems)
    assert settings is not None and not problems.errors


def test_without_the_library_there_is_nothing_to_say() -> None:
    problems = Problems()
    assert ha.settings_of([LEASE_COMMANDS], problems) is None
    assert not problems.errors


@pytest.mark.parametrize(
    ("text", "host", "port", "authority"),
    [
        ("http://10.0.0.1:8000/", "10.0.0.1", 8000, "10.0.0.1:8000"),
        ("http://10.0.0.1", "10.0.0.1", 80, "10.0.0.1:80"),
        ("http://[2001:db8::1]:8000/x", "2001:db8::1", 8000, "[2001:db8::1]:8000"),
    ],
)
def test_urls_are_read(text: str, host: str, port: int, authority: str) -> None:
    url = parse_url(text)
    assert (url.text, url.host, url.port, url.authority) == (text, host, port, authority)
