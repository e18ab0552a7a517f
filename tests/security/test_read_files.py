"""Files that a command makes the server read: what it tells of them, and that none of them holds it up."""

from __future__ import annotations

import os
from typing import Any

import pytest

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
    text = said(target, web(authentication=login(password_file=str(secret))))
    assert "no user and colon before the password" in text and "$6$" not in text


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "."])
@pytest.mark.parametrize("keyword", ["trust_anchor", "cert_file", "key_file", "password_file", "user_file"])
def test_devices_pipes_and_folders_do_not_hold_the_server_up(target: Target, keyword: str, name: str) -> None:
    os.mkfifo(target.root / "pipe")
    path = str(target.root / name)
    sockets = web(authentication=login(**{"password": "p", keyword: path})) if "file" in keyword else web()
    if keyword in ("trust_anchor", "cert_file", "key_file"):
        sockets = web(**{keyword: path})
    if keyword == "password_file":
        sockets = web(authentication=login(user="u", password_file=path))
    text = said(target, sockets)
    assert "cannot be read" in text


def test_a_command_cannot_include_a_file(target: Target) -> None:
    from kea_twisted.commands.envelope import parse

    with pytest.raises(ValueError, match="Expecting"):
        parse(b'{"command": "config-test", "arguments": {"Dhcp4": <?include "/etc/shadow"?>}}')
    assert target.command("config-write", {"filename": "x.conf"})["result"] == 0
    target.running.config_file = str(target.root / "etc" / "x.conf")
    tree = target.tree(user_context={"x": '<?include "/etc/shadow"?>'})
    target.command("config-set", tree)
    assert target.command("config-write", {"filename": "x.conf"})["result"] == 0
    assert target.running.read().tree["user-context"] == {"x": '<?include "/etc/shadow"?>'}
