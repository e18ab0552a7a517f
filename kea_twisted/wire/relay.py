"""Option 82, what a relay agent adds (RFC 3046): its sub-options, and the ones the server acts on."""

from __future__ import annotations

from kea_twisted.wire.constants import (
    AGENT_LINK_SELECTION,
    AGENT_RELAY_PORT,
    AGENT_SERVER_ID_OVERRIDE,
    OPT_AGENT_OPTIONS,
)
from kea_twisted.wire.message import Message
from kea_twisted.wire.options import unpack_suboptions


def agent_options(message: Message) -> dict[int, bytes]:
    """Return the sub-options of option 82 by code; empty when no relay added any."""
    data = message.options.get(OPT_AGENT_OPTIONS)
    return unpack_suboptions(data) if data else {}


def link_selection(agent: dict[int, bytes]) -> int | None:
    """Return the address whose subnet the relay asks for (RFC 3527), or None."""
    return _address(agent, AGENT_LINK_SELECTION)


def server_id_override(agent: dict[int, bytes]) -> int | None:
    """Return the server identifier to answer with (RFC 5107), or None."""
    return _address(agent, AGENT_SERVER_ID_OVERRIDE)


def has_relay_port(agent: dict[int, bytes]) -> bool:
    """Return True if the relay asks for the reply at the source port of its message (RFC 8357)."""
    return AGENT_RELAY_PORT in agent


def _address(agent: dict[int, bytes], code: int) -> int | None:
    data = agent.get(code)
    return int.from_bytes(data, "big") if data is not None and len(data) == 4 else None
