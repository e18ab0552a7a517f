"""Handing over for maintenance: one server is told to stay (ha-maintenance-start), and tells the other to go.

The one that stays is then in partner-in-maintenance, the other in in-maintenance and may be shut down. Steps
as in Kea's ``processMaintenanceStart``, ``…Cancel`` and ``…Notify``.
"""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.ha import messages
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Reply
from kea_twisted.ha.outbox import Ticket
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.states import State
from kea_twisted.jsonvalue import Json

NOT_ALLOWED: Final = 1001
"""The result with which a server refuses to step back."""

CANNOT_STAY: Final = (State.BACKUP, State.IN_MAINTENANCE, State.PARTNER_IN_MAINTENANCE, State.TERMINATED)
CANNOT_LEAVE: Final = (State.BACKUP, State.PARTNER_IN_MAINTENANCE, State.TERMINATED)

Answer = dict[str, Json]


def answer(result: int, text: str, arguments: object = None) -> Answer:
    """An answer to a command."""
    body = {"result": result, "text": text}
    if arguments is not None:
        body["arguments"] = arguments
    return body


def start(relationship: Relationship) -> Answer | Ticket:
    """This server stays, the partner is asked to step back; a ticket when its answer has to be waited for."""
    state = relationship.state
    if state in CANNOT_STAY:
        return answer(1, f"Unable to transition the server from the {state.value} to partner-in-maintenance state.")
    if relationship.unable:
        return answer(1, f"This server cannot serve instead of its partner: {relationship.unable}.")
    ticket = Ticket()
    outbox, partner = relationship.outbox, relationship.settings.partner

    def then(reply: Reply, now: float) -> None:
        outbox.finish(ticket, _started(relationship, reply, now))

    outbox.ask(partner.name, messages.maintenance_notify(relationship.name, False, state), REQUEST_TIMEOUT, then)
    return ticket


def _started(relationship: Relationship, reply: Reply, now: float) -> Answer:
    if reply.kind is Kind.OK:
        relationship.step(State.PARTNER_IN_MAINTENANCE, now, why="ha-maintenance-start", maintenance=True)
        relationship.maintenance_started(now)
        return answer(
            0,
            "Server is now in the partner-in-maintenance state and its partner is in-maintenance state. "
            "The partner can be now safely shut down.",
        )
    unreachable = reply.kind is Kind.UNREACHABLE
    relationship.words.say(
        E.HA_MAINTENANCE_NOTIFY_COMMUNICATIONS_FAILED if unreachable else E.HA_MAINTENANCE_NOTIFY_FAILED,
        relationship.settings.partner.label,
        reply.text,
    )
    relationship.link.unavailable(now)
    if relationship.unable:
        return answer(1, f"This server cannot serve instead of its partner any more: {relationship.unable}.")
    if unreachable and relationship.watch.serves_out_of_reach(now):
        signs = relationship.watch.evidence.reasons(now)
        return answer(
            1,
            f"Unable to tell the partner to step back, and it serves clients ({signs}). "
            "Mend the link to it, or stop it first.",
        )
    if unreachable or reply.result == 1:
        why = f"ha-maintenance-start, and the partner did not step back: {reply.text}"
        relationship.step(State.PARTNER_DOWN, now, why=why, maintenance=True)
        return answer(
            0, "Server is now in the partner-down state as its partner appears to be offline for maintenance."
        )
    return answer(
        1,
        "Unable to transition to the partner-in-maintenance state. The partner server responded with the "
        f"following message to the ha-maintenance-notify command: {reply.text}.",
    )


def cancel(relationship: Relationship) -> Answer | Ticket:
    """Both return to where they were; a ticket, for the partner is asked first."""
    if relationship.state is not State.PARTNER_IN_MAINTENANCE:
        return answer(
            1, "Unable to cancel maintenance request because the server is not in the partner-in-maintenance state."
        )
    ticket, back = Ticket(), _where_from(relationship)
    outbox, partner = relationship.outbox, relationship.settings.partner

    def then(reply: Reply, now: float) -> None:
        outbox.finish(ticket, _canceled(relationship, back, reply, now))

    outbox.ask(partner.name, messages.maintenance_notify(relationship.name, True, back), REQUEST_TIMEOUT, then)
    return ticket


def _canceled(relationship: Relationship, back: State, reply: Reply, now: float) -> Answer:
    relationship.link.unavailable(now)
    if reply.kind is not Kind.OK:
        relationship.words.say(
            E.HA_MAINTENANCE_NOTIFY_CANCEL_COMMUNICATIONS_FAILED
            if reply.kind is Kind.UNREACHABLE
            else E.HA_MAINTENANCE_NOTIFY_CANCEL_FAILED,
            relationship.settings.partner.label,
            reply.text,
        )
        return answer(
            1,
            "Unable to cancel maintenance. The partner server responded with the following message to the "
            f"ha-maintenance-notify command: {reply.text}.",
        )
    state = State.named(str(reply.arguments.get("state"))) if isinstance(reply.arguments, dict) else None
    if state is not None:
        relationship.link.heard(state, now)
    relationship.step(back, now, why="ha-maintenance-cancel")
    relationship.maintenance_canceled(now)
    return answer(0, "Server maintenance successfully canceled.")


def notified(relationship: Relationship, cancelled: bool, state: State | None, now: float) -> Answer:
    """The partner wants this server to step back, or to return. ``state`` is the partner's (next) one."""
    own = relationship.state
    if relationship.kea_takeover.active and not cancelled:
        if relationship.unable:
            return answer(0, "Server is in-maintenance state.")
        return answer(NOT_ALLOWED, "This server has asked for maintenance, but can serve clients again.")
    if not cancelled:
        if own in CANNOT_LEAVE:
            return answer(NOT_ALLOWED, f"Unable to transition the server from the {own.value} to in-maintenance state.")
        relationship.step(State.IN_MAINTENANCE, now, why="the partner announced maintenance")
        relationship.maintenance_started(now)
        return answer(0, "Server is in-maintenance state.")
    if own is not State.IN_MAINTENANCE:
        return answer(1, "Unable to cancel the maintenance for the server not in the in-maintenance state.")
    relationship.link.heard(state or State.UNAVAILABLE, now)
    relationship.step(_where_from(relationship), now, why="the partner canceled maintenance")
    relationship.maintenance_canceled(now)
    return answer(0, "Server maintenance canceled.", {"state": relationship.state.value})


def _where_from(relationship: Relationship) -> State:
    same = relationship.previous is relationship.state
    return State.WAITING if same else relationship.previous
