"""Folders, files with credentials and certificates of control sockets."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.control.controlfiles import ControlFiles, logins
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load_tree
from kea_twisted.config.model import Authentication, ControlClient, ControlSocket
from kea_twisted.errors import ConfigError
from tests.certificates import Certificates


def files(folder: Path, checked: bool = True) -> ControlFiles:
    """The files of a server whose sockets live in a folder."""
    return ControlFiles(Folders("", "", "", str(folder), checked))


def problems(folder: Path, entry: dict[str, Any], checked: bool = True) -> list[str]:
    """Return the problems of one socket."""
    try:
        load_tree({"Dhcp4": {"control-sockets": [entry]}}, (), (files(folder, checked).check,))
    except ConfigError as error:
        return [problem.text for problem in error.problems]
    return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as it must be."""
    tmp_path.chmod(0o750)
    return tmp_path


def unix(name: str) -> dict[str, Any]:
    """A unix socket."""
    return {"socket-type": "unix", "socket-name": name}


def test_a_bare_name_lives_in_the_folder(folder: Path) -> None:
    assert files(folder).path(ControlSocket("unix", name="k.sock")) == str(folder / "k.sock")


@pytest.mark.parametrize("name", ["/tmp/elsewhere/k.sock", "sub/k.sock", "../k.sock"])
def test_other_folders_need_x(folder: Path, name: str) -> None:
    [text] = problems(folder, unix(name))
    assert "supported path is" in text and "-X" in text
    assert problems(folder, unix(name), checked=False) == []


def test_a_folder_open_to_others_needs_x(folder: Path) -> None:
    folder.chmod(0o755)
    [text] = problems(folder, unix("k.sock"))
    assert "has mode 0755" in text and "chmod 0750" in text and "-X" in text
    assert problems(folder, unix("k.sock"), checked=False) == []


def test_a_folder_that_is_not_there_will_be_made(folder: Path) -> None:
    assert problems(folder / "later", unix("k.sock")) == []


def test_a_name_too_long_for_the_system_is_refused(folder: Path) -> None:
    [text] = problems(folder, unix("k" * 108))
    assert "is longer than" in text


def test_http_for_everybody_needs_x(folder: Path) -> None:
    [text] = problems(folder, {"socket-type": "http"})
    assert "authentication" in text and "trust-anchor" in text and "-X" in text
    assert problems(folder, {"socket-type": "http"}, checked=False) == []


def test_credentials_come_from_files(folder: Path) -> None:
    (folder / "u").write_text("groom\n")
    (folder / "p").write_text("hay\n")
    (folder / "up").write_text("boy:oats:and more\n")
    clients = (ControlClient(user_file="u", password_file="p"), ControlClient(password_file="up"))
    found = logins(Authentication("stables", str(folder), clients))
    assert found is not None
    assert {base64.b64decode(key): user for key, user in found.users.items()} == {
        b"groom:hay": "groom",
        b"boy:oats:and more": "boy",
    }


@pytest.mark.parametrize(
    ("client", "text"),
    [
        ({"user": "a", "password-file": "none"}, "none cannot be read: No such file"),
        ({"password-file": "plain"}, "no user and colon before the password"),
    ],
)
def test_files_that_do_not_fit_are_named(folder: Path, client: dict[str, str], text: str) -> None:
    (folder / "plain").write_text("no colon")
    authentication = {"type": "basic", "directory": str(folder), "clients": [client]}
    [said] = problems(folder, {"socket-type": "http", "authentication": authentication})
    assert text in said


def https(certificates: Certificates, **more: Any) -> dict[str, Any]:
    """An HTTPS socket."""
    own = {
        "socket-type": "https",
        "trust-anchor": str(certificates.anchor),
        "cert-file": str(certificates.server),
        "key-file": str(certificates.server_key),
    }
    return {**own, **{key.replace("_", "-"): value for key, value in more.items()}}


def test_certificates_that_fit_are_taken(folder: Path) -> None:
    certificates = Certificates(folder)
    assert problems(folder, https(certificates)) == []
    anchors = folder / "anchors"
    anchors.mkdir()
    (anchors / "ca.pem").write_bytes(certificates.anchor.read_bytes())
    assert problems(folder, https(certificates, trust_anchor=str(anchors))) == []


def test_certificates_that_do_not_fit_are_named(folder: Path) -> None:
    certificates = Certificates(folder)
    (folder / "plain").write_text("no certificate")
    plain = str(folder / "plain")
    assert problems(folder, https(certificates, cert_file=plain)) == [f"no certificate found in {plain}"]
    assert problems(folder, https(certificates, trust_anchor="/none")) == [
        "'trust-anchor': /none cannot be read: No such file or directory"
    ]
    missing = {name: f"/none/{name}" for name in ("trust_anchor", "cert_file", "key_file")}
    assert [text.partition(":")[0] for text in problems(folder, https(certificates, **missing))] == [
        "'trust-anchor'", "'cert-file'", "'key-file'",
    ]  # fmt: skip
    assert "no private key" in problems(folder, https(certificates, key_file=plain))[0]
    [text] = problems(folder, https(certificates, key_file=str(certificates.client_key)))
    assert "is not that of" in text


def test_metrics_need_a_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"socket-type": "http", "user-context": {"metrics": True}}
    assert problems(folder, entry, checked=False) == []
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    [text] = problems(folder, entry, checked=False)
    assert "prometheus-client, which is not installed: pip install 'kea-twisted[metrics]'" in text
