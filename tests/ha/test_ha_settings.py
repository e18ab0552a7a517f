"""Parameters in, settings or findings with places out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.config.model import ControlClient, HookLibrary, TlsFiles
from kea_twisted.config.text import parse as parse_text
from kea_twisted.errors import Problems
from kea_twisted.ha import parameters as ha
from kea_twisted.ha.settings import HaSettings, Peer, Watch
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


def read(tree: Any) -> tuple[HaSettings | None, list[str], list[str]]:
    """Settings, errors and warnings of a relationship written as text."""
    problems = Problems()
    text = json.dumps({"high-availability": [tree]}, indent=1)
    parameters = parse_text(text, "ha.json", lambda name: "", problems)
    found = ha.parse(parameters, problems)
    assert (not found) == bool(problems.errors)
    return found[0] if found else None, list(map(str, problems.errors)), list(map(str, problems.warnings))


def errors_of(**changes: Any) -> str:
    return "\n".join(read(relationship(**changes))[1])


def test_one_server_identifier_is_an_option() -> None:
    for context, wanted in (
        ({}, None),
        ({"one-server-identifier": True}, True),
        ({"one-server-identifier": False}, False),
    ):
        found, _, _ = read(relationship(**{"user-context": context}))
        assert found is not None and found.one_server_identifier is wanted
    assert "'one-server-identifier' must be true or false" in errors_of(
        **{"user-context": {"one-server-identifier": "yes"}}
    )


def test_the_tutorials_files_are_understood() -> None:
    for name in ("server1", "server2"):
        problems = Problems()
        tree = parse_text((TUTORIAL / f"{name}.conf").read_text(), name, lambda name: "", problems)
        libraries = [HookLibrary(entry["library"], entry["parameters"]) for entry in tree["Dhcp4"]["hooks-libraries"]]
        (settings,) = ha.relationships_of(libraries, problems)
        assert not problems.errors
        assert settings.me.name == name
        assert settings.partner.name != name
        assert (settings.heartbeat_delay, settings.max_response_delay, settings.max_ack_delay) == (10, 10, 5)
        assert settings.max_unacked_clients == 0
        assert settings.partner.label == f"{settings.partner.name} ({settings.partner.url.text})"


def test_defaults_are_keas() -> None:
    settings, _, _ = read(relationship())
    assert settings == HaSettings(
        "server1",
        (
            Peer("server1", parse_url("http://10.0.0.1:8000/"), "primary", True),
            Peer("server2", parse_url("http://10.0.0.2:8000/"), "standby", True),
        ),
        "hot-standby",
        0,
        10.0,
        60.0,
        10.0,
        10,
        10,
        0,
        True,
        True,
        60.0,
        10000,
        False,
        True,
        {},
        Watch(enabled=True),
    )
    assert (settings.local_origin, settings.remote_origin) == (1000, 2000)


def test_a_finding_has_the_place_of_the_value() -> None:
    text = '{ "high-availability": [ {\n  "mode": "sleepy" } ] }'
    problems = Problems()
    assert ha.parse(parse_text(text, "f.conf", lambda name: "", problems), problems) == ()
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
        ({"mode": "load-balancing"}, "load-balancing mode needs a secondary server"),
        ({"mode": "load-balancing"}, "a standby server has no place in load-balancing mode"),
        ({"mode": "passive-backup"}, "a standby server has no place in passive-backup mode"),
        ({"peers": None}, "'peers' is missing"),
        ({"peers": {}}, "'peers' must be a list"),
        ({"peers": PEERS[:1]}, "hot-standby mode needs a standby server"),
        ({"peers": [*PEERS, PEERS[0]]}, "more than one peer with the name 'server1'"),
        ({"peers": [*PEERS, BACKUP | {"role": "standby"}]}, "there can be only one standby server"),
        ({"peers": [*PEERS, BACKUP | {"role": "secondary"}]}, "a secondary server has no place"),
        ({"peers": peer(0, role="boss")}, "'role' is 'boss'"),
        ({"peers": peer(0, name="")}, "must not be empty"),
        ({"peers": peer(0, url="http://kea example:8000/")}, "bad url 'http://kea example:8000/'"),
        ({"peers": peer(0, url="http://10.0.0:8000/")}, "bad url 'http://10.0.0:8000/'"),
        ({"peers": peer(0, url="https://10.0.0.1:8000/")}, "https needs trust-anchor, cert-file, key-file"),
        ({"peers": peer(0, url="ftp://10.0.0.1/")}, "it must start with http://"),
        ({"peers": peer(0, url="http://10.0.0.1:80000/")}, "bad url"),
        ({"peers": peer(0, url="http://10.0.0.1:0/")}, "no server listens at port 0"),
        ({"peers": peer(0, url="http://224.0.0.1:8000/")}, "224.0.0.1 is not the address of one server"),
        ({"peers": peer(0, url="http://255.255.255.255:8000/")}, "255.255.255.255 is not the address of one server"),
        ({"peers": peer(0, url="http://[ff02::1]:8000/")}, "ff02::1 is not the address of one server"),
        ({"peers": peer(0, url="http://[fe80::1%lo]:8000/")}, "fe80::1%lo is valid on one link only"),
        ({"peers": peer(0, url="http://[fe80::1]:8000/")}, "fe80::1 is valid on one link only"),
        ({"peers": peer(1, url="http://0.0.0.0:8000/")}, "name the address at which server2 can be reached"),
        ({"peers": peer(1, url="http://[::]:8000/")}, "name the address at which server2 can be reached"),
        ({"peers": peer(0, url="http://me:s3cret@10.0.0.1:8000/")}, "a user belongs into 'basic-auth-user'"),
        ({"peers": peer(0, url="http//10.0.0.1:8000/")}, "it must start with http:// or https://"),
        ({"peers": peer(0, **{"auto-failover": 1})}, "'auto-failover' must be true or false"),
        ({"peers": peer(0, **{"basic-auth-user": "a:b"})}, "'basic-auth-user' must have no colon"),
        (
            {"peers": peer(0, **{"basic-auth-user": "a", "basic-auth-user-file": "b"})},
            "'basic-auth-user' and 'basic-auth-user-file': only one of them can hold",
        ),
        ({"trust-anchor": "/etc/ca"}, "cert-file, key-file missing for a peer"),
        ({"trust-anchor": 1}, "'trust-anchor' must be a string"),
        ({"heartbeat-delay": -1}, "'heartbeat-delay' must be between 0 and 4294967295"),
        ({"heartbeat-delay": True}, "'heartbeat-delay' must be an integer"),
        ({"max-ack-delay": 2**32}, "'max-ack-delay' must be between"),
        ({"sync-page-limit": 0}, "'sync-page-limit' must not be 0"),
        ({"wait-backup-ack": True}, "'wait-backup-ack' must be false in hot-standby mode"),
        ({"delayed-updates-limit": 5}, "'delayed-updates-limit' must be 0 in hot-standby mode"),
        ({"state-machine": {"states": [{"state": "asleep"}]}}, "there is no HA state 'asleep'"),
        ({"state-machine": {"states": [{"state": "unavailable"}]}}, "there is no HA state 'unavailable'"),
        ({"state-machine": {"states": [{"state": "ready"}] * 2}}, "configured twice"),
        ({"state-machine": {"states": [{"state": "ready", "pause": "x"}]}}, "'pause' is 'x'"),
        ({"state-machine": {"states": [3]}}, "an entry of 'states' must be a map"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], finding: str) -> None:
    assert finding in errors_of(**changes)


@pytest.mark.parametrize("change", [{"url": "http://kea example:8000/"}, {"role": "boss"}, {"url": 5}])
def test_a_wrong_peer_is_one_error(change: dict[str, Any]) -> None:
    for index in range(2):
        assert len(errors_of(peers=peer(index, **change)).splitlines()) == 1


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
        ({"high-availability": [relationship(), relationship()]}, "the peer name 'server1' is in more than"),
    ],
)
def test_other_shapes_of_parameters_are_refused(parameters: Any, finding: str) -> None:
    problems = Problems()
    assert ha.parse(parameters, problems) == ()
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


def test_two_peers_with_one_url_are_a_warning_with_its_place() -> None:
    peers = relationship()["peers"]
    peers[1]["url"] = "http://10.0.0.1:8000/x"
    settings, _, (warning,) = read(relationship(peers=peers))
    assert settings is not None  # a Kea takes it
    assert re.match(
        r"ha.json:\d+:\d+: the peers 'server1' and 'server2' have one url, http://10.0.0.1:8000/x: ", warning
    )
    peers[1]["url"] = "http://10.0.0.1:8001/"
    assert read(relationship(peers=peers))[2] == []


def test_plain_http_with_certificates_is_a_warning() -> None:
    """TLS is what they mean to both kinds of server, whatever the URL begins with."""
    settings, _, warnings = read(relationship(**FILES))
    assert settings is not None and settings.me.tls is not None
    assert len(warnings) == 2 and "the url of 'server2' is http://10.0.0.2:8000/, and trust-anchor," in warnings[1]
    peers = relationship()["peers"]
    peers[0]["url"] = "https://10.0.0.1:8000/"
    peers[1] |= dict.fromkeys(FILES, "")
    assert read(relationship(peers=peers, **FILES))[2] == []


def test_an_unknown_key_is_a_warning_with_its_place() -> None:
    settings, _, warnings = read(relationship(**{"heartbeat-dealy": 3}))
    assert settings is not None
    assert len(warnings) == 1 and "'heartbeat-dealy' is not known" in warnings[0]


LEASE_COMMANDS = HookLibrary("/usr/lib/libdhcp_lease_cmds.so", {})


def library(**changes: Any) -> HookLibrary:
    return HookLibrary("libdhcp_ha.so", {"high-availability": [relationship(**changes)]})


def test_the_lease_commands_must_be_loaded_too() -> None:
    problems = Problems()
    assert ha.relationships_of([library()], problems) == ()
    assert "needs libdhcp_lease_cmds in hooks-libraries" in str(problems.errors[0])
    for order in ([library(), LEASE_COMMANDS], [LEASE_COMMANDS, library()]):
        problems = Problems()
        ha.check(order, problems)
        assert not problems.errors


def test_without_updates_and_syncing_nobody_needs_lease_commands() -> None:
    problems = Problems()
    libraries = [library(**{"send-lease-updates": False, "sync-leases": False})]
    assert len(ha.relationships_of(libraries, problems)) == 1 and not problems.errors


def test_without_the_library_there_is_nothing_to_say() -> None:
    problems = Problems()
    assert ha.relationships_of([LEASE_COMMANDS], problems) == ()
    assert not problems.errors


@pytest.mark.parametrize(
    ("text", "host", "port", "authority"),
    [
        ("http://10.0.0.1:8000/", "10.0.0.1", 8000, "10.0.0.1:8000"),
        ("http://10.0.0.1", "10.0.0.1", 80, "10.0.0.1:80"),
        ("http://[2001:db8::1]:8000/x", "2001:db8::1", 8000, "[2001:db8::1]:8000"),
        ("http://kea1.example.org:8000/", "kea1.example.org", 8000, "kea1.example.org:8000"),
        ("https://kea1", "kea1", 443, "kea1:443"),
    ],
)
def test_urls_are_read(text: str, host: str, port: int, authority: str) -> None:
    url = parse_url(text)
    assert (url.text, url.host, url.port, url.authority) == (text, host, port, authority)


def test_a_url_tells_names_from_addresses() -> None:
    assert parse_url("http://kea1:8000/").is_named
    assert not parse_url("http://10.0.0.1:8000/").is_named
    assert not parse_url("http://[2001:db8::1]:8000/").is_named


BALANCED = [PEERS[0], PEERS[1] | {"role": "secondary"}]
ALONE = [PEERS[0], BACKUP]


def test_load_balancing_puts_a_hundred_updates_aside_unless_told_otherwise() -> None:
    for given, limit in (({}, 100), ({"delayed-updates-limit": 0}, 0), ({"delayed-updates-limit": 7}, 7)):
        settings, errors, _ = read(relationship(mode="load-balancing", peers=BALANCED, **given))
        assert settings is not None and not errors
        assert settings.delayed_updates_limit == limit


def test_passive_backup_has_no_partner() -> None:
    tree = relationship(mode="passive-backup", peers=ALONE, **{"wait-backup-ack": True})
    settings, errors, _ = read(tree)
    assert settings is not None and not errors
    assert settings.wait_backup_ack and not settings.has_partner
    with pytest.raises(ValueError, match="no failover partner server found for this server server1"):
        _ = settings.partner


FILES = {"trust-anchor": "/ca", "cert-file": "/cert", "key-file": "/key"}


def test_a_peer_has_the_certificates_of_the_relationship_or_its_own() -> None:
    other = {"cert-file": "/other"}
    changes = FILES | {"require-client-certs": False}
    settings, errors, _ = read(relationship(peers=peer(1, **other), **changes))
    assert settings is not None and not errors
    assert settings.me.tls == TlsFiles("/ca", "/cert", "/key", False)
    assert settings.partner.tls == TlsFiles("/ca", "/other", "/key", False)
    off = dict.fromkeys(FILES, "")
    settings, errors, _ = read(relationship(peers=peer(1, **off), **FILES))
    assert settings is not None and not errors
    assert settings.me.tls is not None and settings.partner.tls is None


def test_a_peer_may_want_a_user_and_a_password() -> None:
    login = {"basic-auth-user": "server2", "basic-auth-password-file": "/etc/secret"}
    settings, errors, _ = read(relationship(peers=peer(1, **login)))
    assert settings is not None and not errors
    assert settings.me.login is None
    assert settings.partner.login == ControlClient("server2", "", "", "/etc/secret")


@pytest.mark.parametrize("key", ["enable-multi-threading", "http-dedicated-listener"])
def test_our_own_listener_is_there_in_any_case(key: str) -> None:
    settings, _, warnings = read(relationship(**{"multi-threading": {key: False}}))
    assert settings is not None
    assert "this server listens at its own URL for its partner nevertheless" in warnings[0]


def hub(**changes: Any) -> list[dict[str, Any]]:
    """The relationships of a hub with two branches."""
    second = [one | {"name": name} for one, name in zip(PEERS, ("server3", "server4"), strict=True)]
    return [relationship(), relationship(**({"this-server-name": "server3", "peers": second} | changes))]


def test_relationships_are_numbered_and_have_origins_of_their_own() -> None:
    problems = Problems()
    found = ha.parse({"high-availability": hub()}, problems)
    origins = [(one.id, one.local_origin, one.remote_origin) for one in found]
    assert origins == [(0, 1000, 2000), (1, 1001, 2001)]
    assert not problems.errors


def test_several_relationships_are_for_hot_standby_only() -> None:
    problems = Problems()
    branch = [BALANCED[0] | {"name": "server3"}, BALANCED[1] | {"name": "server4"}]
    assert ha.parse({"high-availability": hub(mode="load-balancing", peers=branch)}, problems) == ()
    assert "several HA relationships are for 'hot-standby' mode only" in str(problems.errors[0])


def test_a_password_in_a_url_is_not_shown() -> None:
    with pytest.raises(ValueError) as caught:
        parse_url("http://me:s3cret@10.0.0.1:8000/")
    assert "10.0.0.1:8000" in str(caught.value) and "s3cret" not in str(caught.value)
