"""Roles over real connections: by address, credentials and certificate, over a control socket as a client sees it."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from cryptography.x509 import load_pem_x509_certificate
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load
from kea_twisted.libraries import lookup
from kea_twisted.server.channels import Channels
from tests.certificates import Certificates
from tests.fakes import RecordingLog

READER = {"accept-commands": "READ", "response-filters": ["list-commands"]}
COMMANDS = ["config-get", "config-set", "list-commands"]
Ask = Callable[..., Any]


def carry_out(request: Any) -> dict[str, Any]:
    """Answer a command."""
    return {"result": 0, "arguments": COMMANDS if request["command"] == "list-commands" else None}


@asynccontextmanager
async def serving(folder: Path, socket: dict[str, Any], **parameters: Any) -> AsyncIterator[int]:
    """A control socket with the library."""
    library = {
        "library": "libdhcp_rbac.so",
        "parameters": {key.replace("_", "-"): one for key, one in parameters.items()},
    }
    tree = {"control-sockets": [{"socket-port": 0, **socket}], "hooks-libraries": [library]}
    settings = load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))
    files = ControlFiles(Folders("", "", "", str(folder)))
    channels = Channels(reactor, lambda: carry_out, files, RecordingLog(), lambda name: False)  # type: ignore[arg-type]
    channels.prepare(settings, starting=True).commit()
    [listener] = channels._open.values()
    try:
        yield listener._listening.getHost().port  # type: ignore[union-attr]
    finally:
        await channels.close()


def ask(port: int, command: str, user: str = "", context: ssl.SSLContext | None = None) -> Any:
    """The answer to a command, or the status of a refusal."""
    headers = {"Content-Type": "application/json"}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    kind: Any = http.client.HTTPConnection if context is None else http.client.HTTPSConnection
    connection = kind("127.0.0.1", port, timeout=5, **({} if context is None else {"context": context}))
    try:
        connection.request("POST", "/", json.dumps({"command": command}), headers)
        response = connection.getresponse()
        body = response.read()
        return json.loads(body)[0]["arguments"] if response.status == 200 else response.status
    finally:
        connection.close()


async def answers(port: int, **more: Any) -> list[Any]:
    """The answers to all commands."""
    return [await deferToThread(ask, port, command, **more) for command in COMMANDS]


READS = [None, 403, ["config-get", "list-commands"]]
ALL = [None, None, COMMANDS]
HTTP = {"socket-type": "http"}


@pytest_twisted.ensureDeferred
async def test_the_address_names_the_role(tmp_path: Path) -> None:
    here = {"name": "127.0.0.1", **READER}
    async with serving(tmp_path, HTTP, assign_role_method="remote-address", roles=[here]) as port:
        assert await answers(port) == READS
    async with serving(
        tmp_path, HTTP, assign_role_method="remote-address", roles=[{**here, "name": "10.9.9.9"}]
    ) as port:
        assert await answers(port) == [403] * 3


@pytest_twisted.ensureDeferred
async def test_the_user_names_the_role(tmp_path: Path) -> None:
    clients = [{"user": name, "password": "x"} for name in ("ann", "bob", "eve")]
    socket = {**HTTP, "authentication": {"type": "basic", "realm": "r", "clients": clients}}
    roles = [{"name": "ann", "accept-commands": "ALL"}, {"name": "bob", **READER}]
    async with serving(tmp_path, socket, assign_role_method="basic-authentication", roles=roles) as port:
        found = [await answers(port, user=user) for user in ("ann:x", "bob:x", "eve:x", "ann:y", "")]
    assert found == [ALL, READS, [403] * 3, [401] * 3, [401] * 3]


@pytest_twisted.ensureDeferred
async def test_without_credentials_the_default_role_is_in_force(tmp_path: Path) -> None:
    way = {"assign_role_method": "basic-authentication", "default_role": READER}
    async with serving(tmp_path, HTTP, **way) as port:
        assert await answers(port) == await answers(port, user="ann:x") == READS


@pytest.mark.parametrize("method", ["cert-subject", "cert-issuer"])
@pytest_twisted.ensureDeferred
async def test_the_certificate_names_the_role(tmp_path: Path, method: str) -> None:
    made = Certificates(tmp_path)
    names = {"trust-anchor": made.anchor, "cert-file": made.server, "key-file": made.server_key}
    socket = {"socket-type": "https", "cert-required": True, **{key: str(path) for key, path in names.items()}}
    shown = load_pem_x509_certificate(Path(made.client).read_bytes())
    name = str((shown.subject if method == "cert-subject" else shown.issuer).rfc4514_string().rpartition("CN=")[2])
    context = ssl.create_default_context(cafile=str(made.anchor))
    context.load_cert_chain(made.client, made.client_key)
    async with serving(tmp_path, socket, assign_role_method=method, roles=[{"name": name, **READER}]) as port:
        assert name and await answers(port, context=context) == READS
    async with serving(tmp_path, socket, assign_role_method=method, default_role={"accept-commands": "ALL"}) as port:
        assert await answers(port, context=context) == [403] * 3


@pytest_twisted.ensureDeferred
async def test_requests_without_tls_are_refused_where_it_is_required(tmp_path: Path) -> None:
    way = {"assign_role_method": "remote-address", "unknown_role": {"accept-commands": "ALL"}}
    async with serving(tmp_path, HTTP, require_tls=True, **way) as port:
        assert await answers(port) == [401] * 3
    async with serving(tmp_path, HTTP, **way) as port:
        assert await answers(port) == ALL
