"""Files that a command makes the server read: what it tells of them, and that none of them holds it up."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kea_twisted import config
from kea_twisted.adapters.system.smallfiles import LONGEST
from kea_twisted.commands.envelope import parse
from tests.certificates import Certificates
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
    target.serve(target.root / "kea.conf")
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
    target.serve(target.root / "etc" / "x.conf")
    tree = target.tree(user_context={"x": '<?include "/etc/shadow"?>'})
    target.command("config-set", tree)
    assert target.command("config-write", {"filename": "x.conf"})["result"] == 0
    assert target.source.read().tree["user-context"] == {"x": '<?include "/etc/shadow"?>'}


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
    assert target.server.ha is None


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
    target.server.use(config.load_tree(elsewhere, target.source.library_checks))
    assert target.command("config-test", elsewhere)["result"] == 0


def test_a_directory_beside_a_relative_name_in_the_pair_s_parameters_does_not_count(target: Target) -> None:
    """The reader of that file knows no ``directory``: the name is relative to the current folder."""
    tree = pair(target, "etc/passwd")
    peer = tree["Dhcp4"]["hooks-libraries"][1]["parameters"]["high-availability"][0]["peers"][1]
    peer["directory"] = str(target.root / "etc")
    text = target.command("config-test", tree)["text"]
    assert "'basic-auth-password-file': a command may name files in" in text


def test_the_bytes_of_a_password_file_are_not_told(target: Target) -> None:
    (target.root / "etc" / "binary").write_bytes(b"hay\xff\xfe")
    text = said(target, web(authentication=login(user="u", password_file=str(target.root / "etc" / "binary"))))
    assert "binary cannot be read: it is not UTF-8 text" in text and "0xff" not in text


@pytest.mark.parametrize("content", [b"x", b"x" * (LONGEST + 1)])
def test_names_in_a_folder_of_trust_anchors_are_not_told(target: Target, content: bytes) -> None:
    made = Certificates(target.root / "etc")
    (target.root / "private").mkdir()
    (target.root / "private" / "merger-with-acme").write_bytes(content)
    files = {"cert_file": str(made.server), "key_file": str(made.server_key)}
    text = said(target, web(trust_anchor=str(target.root / "private"), **files))
    assert f"one of the files in the folder {target.root / 'private'}, or more," in text and "acme" not in text


def test_a_folder_of_trust_anchors_that_cannot_be_listed_gets_an_answer(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.listdir", refuse)
    text = said(target, web(trust_anchor=str(target.root / "etc")))
    assert f"'trust-anchor': the folder {target.root / 'etc'} cannot be read: Permission denied" in text


def test_a_folder_of_trust_anchors_is_bounded(target: Target) -> None:
    for number in range(9):
        (target.root / "etc" / str(number)).write_bytes(b"x" * LONGEST)
    assert "have more than 8388608 bytes" in said(target, web(trust_anchor=str(target.root / "etc")))


@pytest.mark.parametrize("path", ["/proc/kmsg", "/proc/self/environ", "/proc/self/cmdline"])
@pytest.mark.parametrize("keyword", ["trust_anchor", "cert_file", "key_file"])
def test_files_of_the_kernel_are_not_read(target: Target, keyword: str, path: str) -> None:
    if not os.path.exists(path):
        pytest.skip(f"{path} does not exist")
    text = said(target, web(**{keyword: path}))
    # the first one can be opened by root only
    assert f"{path} cannot be read: it is empty" in text or f"{path} cannot be read: Permission denied" in text


ENCRYPTED = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{}\n\n".format("0" * 32)


@pytest.mark.parametrize("kind", ["CERTIFICATE", "PRIVATE KEY"])
def test_an_encrypted_file_does_not_make_the_server_ask_for_its_password(target: Target, kind: str) -> None:
    """OpenSSL would ask at the server's terminal, and the server would be blocked until the answer."""
    made = Certificates(target.root / "etc")
    files = {"trust_anchor": made.anchor, "cert_file": made.server, "key_file": made.server_key}
    keyword = "cert_file" if kind == "CERTIFICATE" else "key_file"
    if kind == "CERTIFICATE":
        text = files[keyword].read_text().replace(f"-----BEGIN {kind}-----\n", f"-----BEGIN {kind}-----\n{ENCRYPTED}")
        files[keyword].write_text(text)
    else:
        files[keyword].write_bytes(encrypted_key())
    script = (
        "import os, pty, sys\n"
        "pid, terminal = pty.fork()\n"
        "if not pid:\n"
        "    from kea_twisted.adapters.system.tls import server_options\n"
        "    from kea_twisted.config.model import TlsFiles\n"
        "    try:\n"
        "        server_options(TlsFiles(*sys.argv[1:4]))\n"
        "    except ValueError as error:\n"
        "        print('refused:', error)\n"
        "    os._exit(0)\n"
        "shown = b''\n"
        "try:\n"
        "    while b'assword' not in shown and b'phrase' not in shown and (read := os.read(terminal, 1000)):\n"
        "        shown += read\n"
        "except OSError:\n"
        "    pass\n"
        "os.close(terminal)\n"
        "os.waitpid(pid, 0)\n"
        "sys.stdout.buffer.write(shown)\n"
    )
    paths = [str(files[each]) for each in ("trust_anchor", "cert_file", "key_file")]
    found = subprocess.run([sys.executable, "-c", script, *paths], capture_output=True, timeout=60, text=True)
    assert "refused: " in found.stdout and "phrase" not in found.stdout, found


def encrypted_key() -> bytes:
    """A private key with a password."""
    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"hay")
    return key.private_bytes(serialization.Encoding.PEM, *form)
