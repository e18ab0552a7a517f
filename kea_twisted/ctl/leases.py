"""keadhcp-ctl leases: list, find, delete."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import click

from kea_twisted.ctl import hardware, show
from kea_twisted.ctl.channel import Refused
from kea_twisted.ctl.partner import FORBIDDEN, Partner, also, find_partner, tells_of_deletions
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import hex_bytes, hex_text, is_address

STATES: Final = ("default", "declined", "reclaimed", "released")
PAGE: Final = 1000

Lease = dict[str, Json]


@click.group()
def leases() -> None:
    """Look at leases and delete them."""


@leases.command("list")
@click.option("--subnet", type=int, multiple=True, metavar="ID", help="Only of this subnet; may be repeated.")
@click.option("--state", type=click.Choice(STATES), help="Only in this state.")
@click.option("--limit", type=click.IntRange(1), help="No more than this many.")
@session
@friendly
def list_leases(session: Session, subnet: tuple[int, ...], state: str | None, limit: int | None) -> None:
    """All leases, by address."""
    found = []
    for lease in pages(session):
        if subnet and lease["subnet-id"] not in subnet:
            continue
        if state and lease["state"] != STATES.index(state):
            continue
        found.append(lease)
        if limit is not None and len(found) == limit:
            break
    display(session, found)


@leases.command()
@click.argument("what", required=False)
@click.option("--client-id", help="Client identifier, hexadecimal with colons.")
@click.option("--hostname", help="Host name.")
@click.option("--subnet", type=int, metavar="ID", help="Only of this subnet.")
@session
@friendly
def find(session: Session, what: str | None, client_id: str | None, hostname: str | None, subnet: int | None) -> None:
    """The leases of an address, a hardware address or a host name (WHAT), or of a client identifier."""
    if sum(each is not None for each in (what, client_id, hostname)) != 1:
        raise click.UsageError("say what to look for: WHAT, --client-id or --hostname")
    if client_id is not None:
        question = ("lease4-get-by-client-id", {"client-id": _colons(client_id)})
    elif hostname is not None:
        question = ("lease4-get-by-hostname", {"hostname": hostname.lower()})
    else:
        question = _question(what or "")
    found = _found(session, *question)
    display(session, [lease for lease in found if subnet is None or lease["subnet-id"] == subnet])


def _found(session: Session, command: str, which: dict[str, Json]) -> list[Lease]:
    """The leases by their index; where only a partner's commands are permitted, out of all leases."""
    try:
        arguments = session.ask(command, which).arguments
    except Refused as error:
        if error.result not in FORBIDDEN:
            raise
        ((key, value),) = which.items()
        return [lease for lease in pages(session) if lease.get(key) == value]
    found: list[Lease] = arguments.get("leases", [arguments] if arguments else [])
    return found


@leases.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@session
@friendly
def delete(session: Session, addresses: tuple[str, ...], yes: bool) -> None:
    """Delete the leases of addresses."""
    for address in addresses:
        if not is_address(address):
            raise click.UsageError(f"'{address}' is not an address")
    if not yes:
        click.confirm(f"Delete {', '.join(addresses)}?", abort=True, err=True)
    partner, missing, failures = find_partner(session), [], []
    for address in addresses:
        answer = session.ask("lease4-del", {"ip-address": address})
        if answer.is_empty:
            missing.append(address)
        else:
            session.show({"ip-address": address} | answer, lambda address=address: f"{address} deleted")  # type: ignore[misc]
        try:
            _delete_there(session, partner, address, not answer.is_empty)
        except show.Failed as failure:
            failures.append(failure.message)
    if missing:
        failures.append(f"no lease: {', '.join(missing)}")
    if failures:
        raise show.Failed("\n".join(failures), show.NOT_FOUND if len(failures) == bool(missing) else show.REFUSED)


def _delete_there(session: Session, partner: Partner | None, address: str, was_here: bool) -> None:
    """Delete a lease on the partner, too. Raises Failed, unless this server tells it later of a lease that was here."""
    also(
        partner,
        "lease4-del",
        {"ip-address": address},
        f"{address} deleted",
        here=f"{address} is deleted here" if was_here else f"nothing was deleted here ({address} has no lease)",
        learns=lambda: was_here and tells_of_deletions(session),
    )


def pages(session: Session) -> Iterator[Lease]:
    """All leases, a page at a time, sorted by address."""
    after = "start"
    count = 0
    with show.progress("leases read") as tell:
        while True:
            page = session.ask("lease4-get-page", {"from": after, "limit": PAGE}).arguments.get("leases", [])
            count += len(page)
            tell(count)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]["ip-address"]


def display(session: Session, found: list[Lease]) -> None:
    """Leases as a table or as JSON; none of them is status 3."""
    if not found:
        if session.as_json:
            show.as_json([])
        raise show.Failed("no lease", show.NOT_FOUND)
    session.show(found, lambda: _table(found, time.time()))


def _colons(text: str) -> str:
    """The usual form of hexadecimal digits; anything else as it is, for the server to reject."""
    with suppress(ValueError):
        return hex_text(hex_bytes(text))
    return text


def _question(what: str) -> tuple[str, dict[str, Json]]:
    if is_address(what):
        return "lease4-get", {"ip-address": what}
    if hardware.is_meant(what):
        try:
            return "lease4-get-by-hw-address", {"hw-address": hardware.hardware_address(what)}
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    return "lease4-get-by-hostname", {"hostname": what.lower()}


def _table(found: list[Lease], now: float) -> str:
    headers = ("address", "hardware address", "client id", "hostname", "subnet", "state", "expires")
    return show.table(
        headers,
        [
            (
                lease["ip-address"], lease.get("hw-address", ""), lease.get("client-id", ""),
                lease.get("hostname", ""), lease["subnet-id"], STATES[lease["state"]], _expires(lease, now),
            )
            for lease in found
        ],
    )  # fmt: skip


def _expires(lease: Lease, now: float) -> str:
    if lease["valid-lft"] == 0xFFFFFFFF:
        return "never"
    left = lease["cltt"] + lease["valid-lft"] - now
    return f"in {show.duration(left)}" if left >= 0 else f"{show.duration(-left)} ago"
