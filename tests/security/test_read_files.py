"""Files that a command makes the server read: what it tells of them, and that none of them holds it up."""

from __future__ import annotations

import os
from typing import Any

import pytest

from kea_twisted import config
from kea_twisted.adapters.system.smallfiles import LONGEST
from kea_twisted.commands.envelope import parse
from tests.adapters.certificates import Certificates
from tests.security.strangers import Target

SECRET = "root:$6$salt$hash:19000:0:99999:7:::"


def web(**more: Any) -> list[dict[str, Any]]:
    """One HTTPS socket."""
    files = {"trust-anchor": "/none", "cert-file": "/none", "key-file": "/none"}
    given = {key.replace("_", "-"): value for key, value in more.items()}
    return [{"socket-type": "https", "socket-address": "127.0.0.1", "socket-port": 1, **files, **given}]


def login(**client: str) -> dict[str, Any]:
    """The authentication of one client."""
    return {"type": "basic", "clients": [{key.replace("_", "-"): value for key, value in client.items()}]}


def said(target: Target, sockets: Any) -> str:
    """The answer to config-test."""
    return str(target.command("config-test", target.tree(control_sockets=sockets))["text"])


@pytest.mark.parametrize("keyword", ["trust_anchor", "cert_file", "key_file"])
def test_the_text_of_a_file_that_is_no_certificate_is_not_told(target: Target, keyword: str) -> None:
    secret = target.root / "shadow"
    secret.write_text(SECRET)
    text = said(target, web(**{keyword: str(secret)}))
    assert str(secret) in text or "/none" in text
    assert not any(part in text for part in ("$6$", "hash", "19000"))


def test_the_text_of_a_password_file_is_not_told(target: Target) -> None:
    secret = target.root / "shadow"
    secret.write_text(SECRET.replace(":", ";"))
    target.running.config_file = str(target.root / "kea.conf")
    text = said(target, web(authentication=login(password_file=str(secret))))
    assert "no user and colon before the password" in text and "$6$" not in text


@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
@pytest.mark.parametrize("keyword", ["trust_anchor", "cert_file", "key_file", "password_file", "user_file"])
def test_devices_and_pipes_do_not_hold_the_server_up(target: Target, keyword: str, name: str) -> None:
    folder = target.root / "etc"
    made = Certificates(folder)
    os.mkfifo(folder / "pipe")
    path = str(folder / name)
    files = {"trust_anchor": str(made.anchor), "cert_file": str(made.server), "key_file": str(made.server_key)}
    client = {"user_file": {"user_file": path, "password": "p"}, "password_file": {"user": "u", "password_file": path}}
    login_of_client = login(**client.get(keyword, {"user": "u", "password": "p"}))
    if keyword in files:
        files[keyword] = path
    text = said(target, web(authentication=login_of_client, **files))
    assert f"{path} cannot be read: it is not a regular file" in text


def test_a_file_that_is_too_long_is_not_read_to_its_end(target: Target) -> None:
    (target.root / "etc" / "long").write_bytes(b"x" * (LONGEST + 1))
    text = said(target, web(authentication=login(user="u", password_file=str(target.root / "etc" / "long"))))
    assert f"it has more than {LONGEST} bytes" in text


def test_a_command_cannot_include_a_file(target: Target) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        parse(b'{"command": "config-test", "arguments": {"Dhcp4": <?include "/etc/shadow"?>}}')
    assert target.command("config-write", {"filename": "x.conf"})["result"] == 0
    target.running.config_file = str(target.root / "etc" / "x.conf")
    tree = target.tree(user_context={"x": '<?include "/etc/shadow"?>'})
    target.command("config-set", tree)
    assert target.command("config-write", {"filename": "x.conf"})["result"] == 0
    assert target.running.read().tree["user-context"] == {"x": '<?include "/etc/shadow"?>'}


def pair(target: Target, password_file: str) -> dict[str, Any]:
    """A HA pair whose partner would be sent the first line of a file."""
    mine = {"name": "a", "url": "http://127.0.0.1:1/", "role": "primary"}
    other = {
        "name": "b", "url": "http://192.0.2.66:80/", "role": "standby",
        "basic-auth-user": "u", "basic-auth-password-file": password_file,
    }  # fmt: skip
    relationship = {"this-server-name": "a", "mode": "hot-standby", "peers": [mine, other]}
    libraries = [
        {"library": "libdhcp_lease_cmds.so"},
        {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}},
    ]
    return target.tree(hooks_libraries=libraries)


@pytest.mark.parametrize("name", ["/etc/passwd", "etc/../secret", "etc/linked"])
def test_no_file_is_sent_to_a_partner_that_a_command_names(target: Target, name: str) -> None:
    (target.root / "secret").write_text(SECRET)
    (target.root / "etc" / "linked").symlink_to("../secret")
    tree = pair(target, str(target.root / name))
    for command in ("config-test", "config-set"):
        answer = target.command(command, tree)
        assert answer["result"] == 1
        assert "'basic-auth-password-file': a command may name files in" in answer["text"]
        assert "$6$" not in answer["text"]
    assert target.running.ha is None


def test_nor_does_a_control_socket_take_any_file_for_a_password(target: Target) -> None:
    for sockets in (
        web(authentication=login(user="u", password_file="/etc/passwd")),
        web(authentication={**login(user="u", password_file="passwd"), "directory": "/etc"}),
        web(authentication=login(password_file="/etc/passwd")),
    ):
        assert "a command may name files in" in said(target, sockets)


def test_files_beside_the_configuration_and_those_in_use_can_be_named(target: Target) -> None:
    (target.root / "etc" / "password").write_text("hay")
    (target.root / "secret").write_text("oats")
    assert target.command("config-test", pair(target, str(target.root / "etc" / "password")))["result"] == 0
    elsewhere = pair(target, str(target.root / "secret"))
    assert target.command("config-test", elsewhere)["result"] == 1
    target.running.use(config.load_tree(elsewhere, target.running.checks))
    assert target.command("config-test", elsewhere)["result"] == 0
