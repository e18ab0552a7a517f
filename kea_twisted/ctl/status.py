"""keadhcp-ctl status: both partners and the use of the pools in one view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import click

from kea_twisted.ctl import find, show
from kea_twisted.ctl.channel import Channel, Refused, Unreachable
from kea_twisted.ctl.gather import COMMAND, subnets
from kea_twisted.ctl.partner import FORBIDDEN
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.jsonvalue import Json

Row = dict[str, Json]


@click.command()
@session
@friendly
def status(session: Session) -> None:
    """State, scopes and health of this server and its partner, and how full the pools are.

    Exit status 1 if one of them does not answer, or says that it cannot serve.
    """
    own = session.ask("status-get").arguments
    try:
        in_force, counts = session.dhcp4, None
    except Refused as error:
        if error.result not in FORBIDDEN:
            raise
        # the listener for partners: the file has the peers, and a server of ours its subnets
        in_force, counts = dict(session.tree), _permitted_counts(session)
    servers = list(_servers(session, own, in_force))
    rows = _with_use(_counts(session, in_force) if counts is None else counts)
    session.show({"servers": servers, "subnets": rows}, lambda: _text(servers, rows))
    if any("unreachable" in server or server["sockets"].get("status") == "failed" for server in servers):
        raise SystemExit(show.REFUSED)


def _servers(session: Session, own: Row, in_force: Row) -> Iterator[Row]:
    """The server that was asked, then each partner, asked itself or as this one sees it."""
    relationships = own.get("high-availability", [])
    first = relationships[0]["ha-servers"] if relationships else {}
    name = find.own_name(in_force)
    yield _server(session.channel, own, {"server-name": name} | first.get("local", {}))
    # passwords are masked in what the server shows, and not in its file
    channels = {name: (url, entry) for tree in (in_force, session.tree) for name, url, entry in find.peers(tree)}
    for relationship in relationships:
        remote = relationship["ha-servers"].get("remote")
        if remote is None:
            continue
        seen = {
            "age": remote.get("age"),
            "in-touch": remote.get("in-touch"),
            "clock-skew": remote.get("clock-skew"),
            "communication-interrupted": remote.get("communication-interrupted"),
            "unacked-clients": remote.get("unacked-clients"),
        }
        # before version 3 of Kea a relationship has no names in it
        others = [other for other in channels if other != name]
        remote = {"server-name": others[0] if len(others) == 1 else ""} | remote
        yield _partner(session, channels.get(remote["server-name"]), remote) | seen


def _partner(session: Session, known: tuple[str, find.Tree] | None, remote: Row) -> Row:
    """A partner's own word; when it cannot be had, what the other last heard of it, and why."""
    trouble = "its URL is not known"
    if known is not None:
        try:
            channel = find.peer_channel(*known, session.access)
            answer = channel.ask("status-get").checked().arguments
            there = answer["high-availability"][0]["ha-servers"]["local"]
            return _server(channel, answer, {"server-name": remote["server-name"]} | there)
        except (Unreachable, Refused, OSError) as error:
            trouble = str(error)
        except (KeyError, IndexError):
            trouble = "it has no high availability"
    return {
        "name": remote.get("server-name", ""),
        "role": remote.get("role", ""),
        "state": remote.get("last-state", ""),
        "scopes": remote.get("last-scopes", []),
        "service": None,
        "unsent": None,
        "unreachable": trouble,
    }


def _server(channel: Channel, answer: Row, local: Row) -> Row:
    service = answer.get("dhcp-state", {})
    off = service.get("globally-disabled", False) or bool(service.get("disabled-by-user"))
    return {
        "name": local.get("server-name", ""),
        "role": local.get("role", ""),
        "state": local.get("state", ""),
        "scopes": local.get("scopes", []),
        "service": not off,
        **_unsent(channel, answer, local),
        "uptime": answer.get("uptime"),
        "sockets": answer.get("sockets", {}),
    }


def _unsent(channel: Channel, answer: Row, local: Row) -> Row:
    """Return the updates that the partner has yet to be told, by a server of ours.

    A Kea has a counter only, of those that it has not sent since it was started: it never falls.
    """
    watches = [each["partner-watch"] for each in answer.get("high-availability", []) if "partner-watch" in each]
    if watches or not local:
        return {"unsent": sum(each.get("owed-updates", 0) for each in watches) if watches else None}
    count = None
    with suppress(Unreachable, Refused):
        count = channel.ask("ha-heartbeat").checked().arguments.get("unsent-update-count")
    return {"unsent": None, "unsent-since-start": count if isinstance(count, int) else None}


def _counts(session: Session, in_force: Row) -> list[Row]:
    return list(subnets(in_force, session.ask("statistic-get-all").arguments))


def _permitted_counts(session: Session) -> list[Row]:
    """The subnets as a server of ours shows them to its partner; none of a Kea."""
    with suppress(Refused):
        found = session.ask(COMMAND).arguments.get("subnets", [])
        return found if isinstance(found, list) else []
    return []


def _with_use(counts: list[Row]) -> list[Row]:
    return [row | {"use": round(100 * row["assigned"] / row["total"], 1) if row["total"] else 0.0} for row in counts]


def _text(servers: list[Row], subnets: list[Row]) -> str:
    parts = [_server_table(servers)]
    for server in servers:
        name = server["name"] or "server"
        if "unreachable" in server:
            parts.append(f"{name} does not answer: {server['unreachable']}")
        parts += [f"{name}: {error}" for error in server.get("sockets", {}).get("errors", ())]
    if subnets:
        keys = ("id", "subnet", "total", "assigned", "declined", "use")
        rows = [tuple(subnet[key] for key in keys) for subnet in subnets]
        parts += ["", show.table((*keys[:-1], "use %"), rows)]
    return "\n".join(parts)


def _server_table(servers: list[Row]) -> str:
    headers = ("server", "role", "state", "scopes", "service", "unsent", "heard", "skew", "uptime")
    rows = []
    for server in servers:
        service = {True: "on", False: "off", None: "?"}[server["service"]]
        age = server.get("age")
        heard = None if age is None else f"{show.duration(age)} ago" if server.get("in-touch") else "never"
        skew = server.get("clock-skew")
        state = server["state"] + ("?" if "unreachable" in server else "")
        rows.append(
            (
                server["name"] or "(server)", server["role"], state,
                ", ".join(server["scopes"]), service, _unsent_text(server), heard,
                None if skew is None else f"{skew}s", show.duration(server.get("uptime")),
            )
        )  # fmt: skip
    return show.table(headers, rows)


def _unsent_text(server: Row) -> Json:
    """Return the updates owed; of a Kea, its count since the start as such."""
    count = server.get("unsent-since-start")
    return server["unsent"] if count is None else f"{count} since start"
