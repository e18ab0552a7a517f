"""keadhcp-ctl reservations: list, add, delete. For servers that have these commands (libdhcp_host_cmds)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Final

import click
from click.decorators import FC

from kea_twisted.ctl import show
from kea_twisted.ctl.channel import Answer, Refused
from kea_twisted.ctl.hardware import validated
from kea_twisted.ctl.partner import also, find_partner
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import is_address

IDENTIFIERS: Final = ("hw-address", "client-id", "duid", "circuit-id", "flex-id")
PAGE: Final = 1000
NO_DATABASE: Final = ("database not available", "no hosts-database")  # what Kea says then


@click.group()
def reservations() -> None:
    """Look at reservations and change them."""


def _identified(function: FC) -> FC:
    """With the options that name a client, and where its reservation is."""
    function = click.option(
        "--target",
        type=click.Choice(("memory", "database", "all")),
        help="Where: the configuration or a host database [default: as the server has it].",
    )(function)
    function = click.option("--mac", "hw_address", callback=validated, help="Hardware address.")(function)
    for name in IDENTIFIERS[1:]:
        function = click.option(f"--{name}", help="Hexadecimal, or 'text' in quotes.")(function)
    return function


@reservations.command("list")
@click.option("--subnet", type=int, metavar="ID", help="Of this subnet; 0: global ones.")
@click.option("--address", help="Of the subnet with this address.")
@session
@friendly
def list_reservations(session: Session, subnet: int | None, address: str | None) -> None:
    """The reservations of a subnet, or all."""
    if subnet is None and address is None:
        numbers = [0, *(number for number, _ in _networks(session))]
    else:
        numbers = [_subnet_of(session, subnet, address)]
    found = [host for number in numbers for host in _of_subnet(session, number)]
    if not found:
        if session.as_json:
            show.as_json([])
        raise show.Failed("no reservation", show.NOT_FOUND)
    session.show(found, lambda: _table(found))


def _of_subnet(session: Session, subnet: int) -> Iterator[dict[str, object]]:
    """The reservations of one subnet, a page at a time."""
    where: dict[str, object] = {}
    while True:
        page = session.ask("reservation-get-page", {"subnet-id": subnet, "limit": PAGE, **where}).arguments
        hosts = page.get("hosts", [])
        yield from hosts
        if len(hosts) < PAGE or "next" not in page:
            return
        where = {"from": page["next"]["from"], "source-index": page["next"]["source-index"]}


@reservations.command()
@click.option("--subnet", type=int, metavar="ID", help="In this subnet; 0: global [default: that of the address].")
@click.option("--address", help="The address that is reserved.")
@click.option("--hostname", help="The name that is reserved.")
@_identified
@session
@friendly
def add(
    session: Session,
    subnet: int | None,
    address: str | None,
    hostname: str | None,
    target: str | None,
    **identifiers: object,
) -> None:
    """Reserve an address, a name or both for a client."""
    kind, value = _identifier(identifiers)
    if address is None and hostname is None:
        raise click.UsageError("say what to reserve: --address, --hostname or both")
    entry = {"subnet-id": _subnet_of(session, subnet, address), kind: value}
    entry |= {"ip-address": address} if address else {}
    entry |= {"hostname": hostname} if hostname else {}
    _on_both(session, "reservation-add", {"reservation": entry}, target, "reserved there, too")


@reservations.command()
@click.option("--subnet", type=int, metavar="ID", help="In this subnet; 0: global [default: that of the address].")
@click.option("--address", "option_address", metavar="ADDRESS", help="The address that is reserved.")
@click.argument("address", required=False)
@_identified
@session
@friendly
def delete(
    session: Session,
    subnet: int | None,
    option_address: str | None,
    address: str | None,
    target: str | None,
    **identifiers: object,
) -> None:
    """Delete the reservation of an address or of a client."""
    given = [each for each in (address, option_address) if each is not None]
    if given:
        if any(identifiers.values()) or len(given) > 1:
            raise click.UsageError("say one address, or one identifier")
        which = {"ip-address": given[0]}
    else:
        kind, value = _identifier(identifiers)
        which = {"identifier-type": kind, "identifier": value}
    number = _subnet_of(session, subnet, given[0] if given else None)
    _on_both(session, "reservation-del", {"subnet-id": number} | which, target, "deleted there, too")


def _on_both(session: Session, command: str, arguments: dict[str, Json], target: str | None, done: str) -> None:
    """Change the reservations of the server and of its partner: each has its own."""
    answer, where = _change(session, command, arguments, target)
    if not answer.is_empty:
        session.said(answer)
    also(find_partner(session), command, arguments | ({"operation-target": where} if where else {}), done)
    if answer.is_empty:
        session.said(answer)


def _subnet_of(session: Session, subnet: int | None, address: str | None) -> int:
    """The subnet that is named, or the one with the address. UsageError."""
    if address is not None and not is_address(address):
        raise click.UsageError(f"'{address}' is not an address")
    if subnet is not None:
        return subnet
    if address is None:
        raise click.UsageError("say --subnet ID (0: global), or an address in the subnet")
    where = IPv4Address(address)
    found = [number for number, network in _networks(session) if where in network]
    if len(found) != 1:
        reason = f"is in the subnets {', '.join(map(str, found))}" if found else "is in no subnet of the server"
        raise click.UsageError(f"{address} {reason}: say --subnet ID")
    return found[0]


def _networks(session: Session) -> list[tuple[int, IPv4Network]]:
    """Number and network of each subnet the server has."""
    tree = session.dhcp4
    shared = [each for network in tree.get("shared-networks", ()) for each in network.get("subnet4", ())]
    return [(each["id"], IPv4Network(each["subnet"], strict=False)) for each in (*tree.get("subnet4", ()), *shared)]


def _change(
    session: Session, command: str, arguments: dict[str, object], target: str | None
) -> tuple[Answer, str | None]:
    """By default the database is what a server changes; one that has none has the configuration."""
    try:
        answer = session.ask(command, arguments | ({"operation-target": target} if target else {}))
    except Refused as error:
        if target is not None or not any(words in str(error) for words in NO_DATABASE):
            raise
        target = "memory"
        answer = session.ask(command, arguments | {"operation-target": target})
    if target == "memory" and not answer.is_empty:
        show.note(
            "the change lasts until the server reads its configuration file again or ends; "
            "'keadhcp-ctl config write' puts it into the file"
        )
    return answer, target


def _identifier(options: dict[str, Json]) -> tuple[str, str]:
    given = [(name.replace("_", "-"), value) for name, value in options.items() if value]
    if len(given) != 1:
        options_text = "--mac, --client-id, --duid, --circuit-id, --flex-id"
        raise click.UsageError(f"name the client by one of {options_text}")
    return given[0]


def _table(found: list[dict[str, Json]]) -> str:
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
