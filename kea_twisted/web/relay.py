"""Commands of the page for the partner: an action that concerns both servers is carried out on both.

The partner is asked at its URL for high availability, as this server asks it. Where it takes no such command there
(``restrict-commands``, which is Kea's default), it is asked at the port at which this server was asked, with the
credentials of the user: the control sockets of a pair are mostly alike.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from kea_twisted.adapters.control.pages import Page, Sender
from kea_twisted.commands.envelope import parse
from kea_twisted.config.model import ControlSocket
from kea_twisted.jsonvalue import Json
from kea_twisted.web.node import Node

if TYPE_CHECKING:
    from kea_twisted.ha.haservice import HaService

RELAY_PATH: Final = b"/partner"
TIMEOUT: Final = 10.0

_JSON: Final = b"application/json"
_REMEDY: Final = 'set "restrict-commands" to false in its relationship'
_REFUSALS: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


async def relayed(node: Node, body: bytes, sender: Sender) -> Page:
    """Pass a command on, and return the partner's answer."""
    try:
        parsed = parse(body)
        name, command = parsed["server-name"], parsed["command"]
        if not isinstance(name, str) or not isinstance(command, str):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        return answer_page(1, "a map with 'server-name', 'command' and perhaps 'arguments' is expected")
    if not sender.permits(command):
        return answer_page(HTTPStatus.FORBIDDEN, "Forbidden")
    service = _service_of(node, name)
    if service is None:
        return answer_page(1, f"there is no partner '{name}'")
    request = {"command": command, "service": ["dhcp4"]}
    if parsed.get("arguments") is not None:
        request["arguments"] = parsed["arguments"]
    return await _answered(node, service, request, sender)


async def _answered(node: Node, service: HaService, request: dict[str, Json], sender: Sender) -> Page:
    settings = service.relationship.settings
    partner, host, command = settings.partner, settings.partner.url.host, request["command"]
    answer = await _tried(service.driver.ask(partner.name, request, TIMEOUT))
    if answer.get("result") not in _REFUSALS:
        return _passed_on(answer)
    socket = next((each for each in node.settings.control_sockets if each.port == sender.port), None)
    if socket is None or host == settings.me.url.host:
        return answer_page(1, f"{partner.name} does not take {command} from its partner; {_REMEDY}")
    answer = await _tried(_at_control_socket(node, host, socket, request, sender.login))
    if answer.get("result") in _REFUSALS or "unreachable" in answer:
        why = answer.get("unreachable", "it does not permit that to this user")
        places = f"from its partner, nor at {host} port {socket.port} ({why})"
        return answer_page(
            1, f"{partner.name} takes {command} neither {places}; {_REMEDY}, or give it such a control socket"
        )
    return _passed_on(answer)


def _passed_on(answer: Mapping[str, Json]) -> Page:
    return answer_page(answer.get("result", 1), str(answer.get("text", "")), answer.get("arguments"))


async def _at_control_socket(
    node: Node, host: str, socket: ControlSocket, request: dict[str, object], login: bytes
) -> dict[str, object]:
    from kea_twisted.adapters.partner.client import Partner
    from kea_twisted.adapters.system.tls import client_options
    from kea_twisted.ha.url import parse_url

    name = f"[{host}]" if ":" in host else host
    url = parse_url(f"{'https' if socket.tls else 'http'}://{name}:{socket.port}/")
    tls = client_options(socket.tls) if socket.tls is not None else None
    server = Partner(node.reactor, url, connections=1, tls=tls, login=login or None)
    try:
        return await server.send(request, TIMEOUT)
    finally:
        server.close()


async def _tried(pending: Awaitable[dict[str, object]]) -> dict[str, object]:
    """Return the answer, or what went wrong instead of one."""
    try:
        answer = await pending
    except Exception as error:
        text = str(error) or type(error).__name__
        return {"result": 1, "text": text, "unreachable": text}
    return answer if isinstance(answer, dict) else {"result": 1, "text": "an answer that is not one of a Kea server"}


def _service_of(node: Node, name: str) -> HaService | None:
    services = node.ha.services if node.ha is not None else ()
    partners = [service for service in services if not service.relationship.alone]
    return next((service for service in partners if service.relationship.settings.partner.name == name), None)


def answer_page(result: int, text: str, arguments: object = None) -> Page:
    """Return the answer to a form, which is that of a command."""
    answer: dict[str, object] = {"result": int(result), "text": text}
    if arguments is not None:
        answer["arguments"] = arguments
    return Page((json.dumps(answer).encode(),), _JSON)
