"""keadhcp-ctl reservations: list, add, delete. For servers that have these commands (libdhcp_host_cmds)."""

from __future__ import annotations

from typing import Any, Final

import click

from kea_twisted.ctl import show
from kea_twisted.ctl.channel import Answer, Refused
from kea_twisted.ctl.leases import is_address
from kea_twisted.ctl.session import Session, friendly, session

IDENTIFIERS: Final = ("hw-address", "client-id", "duid", "circuit-id", "flex-id")
PAGE: Final = 1000
NO_DATABASE: Final = ("database not available", "no hosts-database")  # what Kea says then


@click.group()
def reservations() -> None:
    """Look at reservations and change them."""


def _identified(function: Any) -> Any:
    """With the options that name a client, and where its reservation is."""
    function = click.option(
        "--target",
        type=click.Choice(("memory", "database", "all")),
        help="Where: the configuration or a host database [default: as the server has it].",
    )(function)
    function = click.option("--mac", "hw_address", help="Hardware address.")(function)
    for name in IDENTIFIERS[1:]:
        function = click.option(f"--{name}", help="Hexadecimal, or 'text' in quotes.")(function)
    return function


@reservations.command("list")
@click.option("--subnet", type=int, required=True, metavar="ID", help="Of this subnet; 0: global ones.")
@session
@friendly
def list_reservations(session: Session, subnet: int) -> None:
    """The reservations of a subnet."""
    found: list[dict[str, Any]] = []
    where: dict[str, Any] = {}
    while True:
        page = session.ask("reservation-get-page", {"subnet-id": subnet, "limit": PAGE, **where}).arguments
        hosts = page.get("hosts", [])
        found += hosts
        if len(hosts) < PAGE or "next" not in page:
            break
        where = {"from": page["next"]["from"], "source-index": page["next"]["source-index"]}
    if not found:
        if session.as_json:
            show.as_json([])
        raise show.Failed("no reservation", show.NOT_FOUND)
    session.show(found, lambda: _table(found))


@reservations.command()
@click.option("--subnet", type=int, required=True, metavar="ID", help="In this subnet; 0: global.")
@click.option("--address", help="The address that is reserved.")
@click.option("--hostname", help="The name that is reserved.")
@_identified
@session
@friendly
def add(
    session: Session,
    subnet: int,
    address: str | None,
    hostname: str | None,
    target: str | None,
    **identifiers: Any,
) -> None:
    """Reserve an address, a name or both for a client."""
    kind, value = _identifier(identifiers)
    if address is not None and not is_address(address):
        raise click.UsageError(f"'{address}' is not an address")
    if address is None and hostname is None:
        raise click.UsageError("say what to reserve: --address, --hostname or both")
    entry = {"subnet-id": subnet, kind: value}
    entry |= {"ip-address": address} if address else {}
    entry |= {"hostname": hostname} if hostname else {}
    session.said(_change(session, "reservation-add", {"reservation": entry}, target))


@reservations.command()
@click.option("--subnet", type=int, required=True, metavar="ID", help="In this subnet; 0: global.")
@click.argument("address", required=False)
@_identified
@session
@friendly
def delete(
    session: Session, subnet: int, address: str | None, target: str | None, **identifiers: Any
) -> None:
    """Delete the reservation of an address or of a client."""
    if address is not None:
        if any(identifiers.values()) or not is_address(address):
            raise click.UsageError("say one address, or one identifier")
        which = {"ip-address": address}
    else:
        kind, value = _identifier(identifiers)
        which = {"identifier-type": kind, "identifier": value}
    session.said(_change(session, "reservation-del", {"subnet-id": subnet} | which, target))


def _change(session: Session, command: str, arguments: dict[str, Any], target: str | None) -> Answer:
    """By default the database is what a server changes; one that has none has the configuration."""
    if target is not None:
        return session.ask(command, arguments | {"operation-target": target})
    try:
        return session.ask(command, arguments)
    except Refused as error:
        if not any(words in str(error) for words in NO_DATABASE):
            raise
        return session.ask(command, arguments | {"operation-target": "memory"})


def _identifier(options: dict[str, Any]) -> tuple[str, str]:
    given = [(name.replace("_", "-"), value) for name, value in options.items() if value]
    if len(given) != 1:
        options_text = "--mac, --client-id, --duid, --circuit-id, --flex-id"
        raise click.UsageError(f"name the client by one of {options_text}")
    return given[0]


def _table(found: list[dict[str, Any]]) -> str:
    rows = []
    for host in found:
        kind = next((name for name in IDENTIFIERS if host.get(name)), "")
        rows.append(
            (
                host.get("subnet-id"), host.get("ip-address", ""), kind, host.get(kind, ""),
                host.get("hostname", ""), ", ".join(host.get("client-classes", ())),
            )
        )  # fmt: skip
    return show.table(("subnet", "address", "identified by", "identifier", "hostname", "classes"), rows)
