"""``explain``: the answer that a client would get, and why. No Kea has this command; it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kea_twisted import events as E
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, Reply, answer
from kea_twisted.commands.explainhosts import reservations
from kea_twisted.commands.explainoptions import decoded
from kea_twisted.commands.explainquery import query_of
from kea_twisted.config.options import configured_definitions
from kea_twisted.engine.effects import Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.trial import NOT_ASKED, Known, Trial, attempt
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import TYPE_NAMES
from kea_twisted.wire.message import decode, encode
from kea_twisted.wire.optiondefs import Definitions

_NOISE: Final = frozenset((E.DHCP4_QUERY_DATA, E.DHCP4_RESPONSE_DATA, E.DHCP4_BUFFER_UNPACK))
"""Lines that repeat what the answer has in better form."""


_MOST: Final = 100
"""Look-ups of reservations for one explanation."""


def explain(context: Context, arguments: object) -> Reply:
    """Explain the answer to a query that is described by the arguments."""
    query = query_of(context, arguments)
    trial = attempt(context.server.parts, query, context.now())
    return _explained(context, query, trial) if trial.pending is None else _explained_later(context, query, trial)


async def _explained_later(context: Context, query: Query, trial: Trial) -> Answer:
    """Look up the reservations that are not in the configuration, as often as the query would have to wait for them."""
    parts, pending = context.server.parts, trial.pending
    for _ in range(_MOST):
        if pending is None:
            break
        known = Known(pending.exchange.stored, pending.exchange.candidate)
        try:
            known = known.with_result(await pending.waiting.awaitable)
        except OSError as error:
            raise CommandError(f"reservations cannot be looked up: {error.strerror}") from None
        trial = attempt(parts, query, context.now(), known)
        pending = trial.pending
    return _explained(context, query, trial)


def _explained(context: Context, query: Query, trial: Trial) -> Answer:
    found: dict[str, Json] = {
        "query": encode(query.message).hex(),
        "interface": query.interface.name,
        "outcome": _outcome(trial),
        "notes": list(_notes(context, trial)),
    }
    exchange = trial.exchange
    if exchange is not None:
        found["subnet"] = _subnet(trial, exchange)
        found["classes"] = list(_classes(context, exchange))
        found["reservations"] = reservations(context.settings, trial, exchange)
        found["lease"] = _lease(trial, exchange)
    if trial.reply is not None:
        found["reply"] = decoded(context.settings, trial)
    found["log"] = [
        {"id": event.identifier, "text": event.form % lines} for event, lines in trial.lines if event not in _NOISE
    ]
    return answer(SUCCESS, found["outcome"], found)


def _outcome(trial: Trial) -> str:
    if trial.ended_in:
        return f"no answer: dropped in the step '{trial.ended_in}'"
    if trial.reply is None:
        return "no answer"
    reply = decode(trial.reply.payload)
    name = TYPE_NAMES[reply.options[53][0]]
    return f"{name} of {address_text(reply.yiaddr)}" if reply.yiaddr else name


def _subnet(trial: Trial, exchange: Exchange) -> dict[str, object] | None:
    subnet = exchange.subnet
    if subnet is None:
        return None
    found = {"id": subnet.id, "subnet": subnet.text, "chosen-by": trial.why}
    if subnet.shared_network:
        found["shared-network"] = subnet.shared_network
    return found


def _classes(context: Context, exchange: Exchange) -> Iterator[dict[str, Json]]:
    """Yield the classes of the configuration with their expressions, then the other ones of the query."""
    members = exchange.classes or {}
    settings = context.settings
    definitions = Definitions(configured_definitions(settings.tree))
    configured = settings.tree.get("client-classes", ())
    if configured:
        from kea_twisted.expr.dissect import parts  # needs the parser, which is for configurations with expressions
    for section in configured:
        name = section["name"]
        spawned = [each for each in members if each.startswith(f"SPAWN_{name}_")]
        found: dict[str, Json] = {"name": name, "member": name in members}
        for key, start in (("test", "test"), ("template-test", "template")):
            if section.get(key):
                found["expression"] = section[key]
                if exchange.subject is not None:
                    values = parts(section[key], start, definitions, exchange.subject)
                    found["parts"] = [{"expression": text, "value": value} for text, value in values]
        if spawned:
            found["spawned"] = spawned
        yield found
    names = {section["name"] for section in configured}
    for name in members:
        if name not in names:
            yield {"name": name, "member": True}


def _lease(trial: Trial, exchange: Exchange) -> dict[str, object] | None:
    """Return the lease that wins and the rule by which it does."""
    decision = trial.decision
    if decision is None or trial.reply is None:
        return None
    reply = decode(trial.reply.payload)
    address = reply.yiaddr
    if not address:
        return None
    found: dict[str, object] = {"ip-address": address_text(address), "rule": _rule(trial, exchange, address)}
    if trial.own is not None:
        found["former"] = _described(trial.own, exchange)
    if 51 in reply.options:
        found["valid-lft"] = int.from_bytes(reply.options[51], "big")
    return found


def _rule(trial: Trial, exchange: Exchange, address: int) -> str:
    subnet = exchange.subnet
    reserved = trial.parts.hosts.address_for(exchange, subnet) if subnet is not None and exchange.hosts else None
    if reserved is not None and reserved[1] == address:
        return "it is reserved for the client"
    if trial.own is not None and trial.own.address == address:
        return "it is the lease that the client has"
    if exchange.requested == address:
        return "the client asks for it, and it is free"
    return "the allocator found it free"


def _described(lease: Lease, exchange: Exchange) -> dict[str, object]:
    return {
        "ip-address": address_text(lease.address),
        "hw-address": lease.hwaddr.hex(":"),
        "client-id": lease.client_id.hex(":"),
        "subnet-id": lease.subnet_id,
        "expired": lease.is_expired(exchange.now),
    }


def _notes(context: Context, trial: Trial) -> Iterator[str]:
    """Yield what else rules the answer."""
    hooks = context.hooks
    asked = [
        point for point in NOT_ASKED if getattr(hooks, point) and point not in ("leases4_committed", "buffer4_receive")
    ]
    if asked:
        yield f"hook libraries are not asked at {', '.join(asked)}: they may change the answer"
    names = (
        [name.removeprefix("HA_") for name in (trial.exchange.classes or {}) if name.startswith("HA_")]
        if (trial.exchange is not None)
        else []
    )
    if context.ha is not None:
        served = {name for each in context.ha.status(context.now()) for name in _scopes(each)}
        for name in names:
            if name not in served:
                yield f"this server leaves the query to {name}: it does not serve that scope at present"
        if not names and not served:
            yield "this server serves no scope at present, and leaves all queries to its partner"


def _scopes(relationship: dict[str, Json]) -> list[str]:
    scopes: list[str] = relationship["ha-servers"].get("local", {}).get("scopes", [])
    return scopes
