"""keadhcp-ctl explain: the answer that a client would get, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import click

from kea_twisted.ctl import hardware, show
from kea_twisted.ctl.capture import queries
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.jsonvalue import Json

_FIELDS: Final = ("yiaddr", "siaddr", "giaddr", "sname", "file", "sent-to")

Found = Mapping[str, Json]


@click.command()
@click.option("--mac", callback=hardware.validated, help="Hardware address, in any usual notation.")
@click.option("--pcap", type=click.Path(exists=True, dir_okay=False), help="A capture (tcpdump -w) with the query.")
@click.argument("number", type=click.IntRange(1), default=1, metavar="[N]")
@click.option("--client-id", metavar="HEX", help="Client identifier (option 61).")
@click.option("--relay", metavar="ADDRESS", help="Address of the relay (giaddr).")
@click.option("--subnet", "subnet_id", type=int, metavar="ID", help="As from this subnet, in place of its relay.")
@click.option("--circuit-id", metavar="TEXT|0xHEX", help="What the relay says of the port (option 82).")
@click.option("--vendor-class", metavar="TEXT", help="Vendor class (option 60).")
@click.option("--option", "options", multiple=True, metavar="N=HEX", help="A further option; may be repeated.")
@click.option("--address", metavar="ADDRESS", help="The address that the client asks for (option 50).")
@click.option("--interface", metavar="NAME", help="The interface that the query comes by [default: the first in use].")
@click.option("--type", "kind", type=click.Choice(("discover", "request", "inform")), help="[default: discover]")
@click.option("--log", "with_log", is_flag=True, help="Show all log lines, too.")
@session
@friendly
def explain(
    session: Session,
    mac: str | None,
    pcap: str | None,
    number: int,
    options: tuple[str, ...],
    kind: str | None,
    with_log: bool,
    **more: str | int | None,
) -> None:
    """Explain the answer that a client would get: subnet, classes, reservations, lease, options. Nothing is changed.

    The client is described by options, --mac at least, or its query is the N-th of a capture.
    """
    if (mac is None) is (pcap is None):
        raise click.UsageError("name the client by --mac, or give a capture by --pcap FILE [N]")
    arguments: dict[str, Json] = {"hw-address": mac} if pcap is None else {"packet": _packet(pcap, number)}
    arguments |= {name.replace("_", "-"): value for name, value in more.items() if value not in (None, "")}
    if "circuit-id" in arguments:
        arguments["circuit-id"] = _hexadecimal(arguments["circuit-id"])
    if kind:
        arguments["message-type"] = kind
    if options:
        arguments["options"] = [_option(each) for each in options]
    found = session.ask("explain", arguments).arguments
    session.show(found, lambda: "\n".join(text(found, with_log)))


def _packet(path: str, number: int) -> str:
    """Return a query of a capture in hexadecimal. UsageError."""
    try:
        with open(path, "rb") as file:
            found = list(queries(file.read()))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if number > len(found):
        raise click.UsageError(f"{path} has {len(found)} messages to a DHCP server, none of number {number}")
    return found[number - 1].hex()


def _hexadecimal(value: str) -> str:
    return value if value.startswith("0x") else value.encode().hex()


def _option(given: str) -> dict[str, object]:
    code, equals, data = given.partition("=")
    if not equals or not code.isdecimal():
        raise click.UsageError(f"--option {given}: it must be N=HEX, such as 93=0007")
    return {"code": int(code), "data": data}


def text(found: Found, with_log: bool = False) -> Iterator[str]:
    """Yield the lines of an explanation."""
    yield found["outcome"]
    for note in found.get("notes", ()):
        yield f"note: {note}"
    subnet = found.get("subnet")
    if subnet:
        network = f" of shared network {subnet['shared-network']}" if "shared-network" in subnet else ""
        yield f"\nSUBNET {subnet['id']} {subnet['subnet']}{network}\n  chosen by {subnet['chosen-by']}"
    elif "subnet" in found:
        yield "\nSUBNET none"
    yield from _classes(found.get("classes", ()))
    yield from _reservations(found.get("reservations") or {})
    yield from _lease(found.get("lease"))
    yield from _reply(found.get("reply"))
    if with_log:
        yield "\nLOG"
        yield from (f"  {line['id']} {line['text']}" for line in found.get("log", ()))


def _classes(classes: Iterable[Found]) -> Iterator[str]:
    yield "\nCLASSES"
    for each in classes:
        yield f"  {'member' if each['member'] else 'no    '}  {each['name']}"
        for part in each.get("parts", ()):
            yield f"            {part['value']:10} {part['expression']}"


def _reservations(found: Found) -> Iterator[str]:
    yield "\nRESERVATIONS"
    looked_for = ", ".join(f"{each['type']} {each['value']}" for each in found.get("looked-for", ()))
    yield f"  looked for by {looked_for}" if looked_for else "  none are looked for"
    for each in found.get("found", ()):
        yield f"  found: {_reservation(each)}"
    for each in found.get("not-used", ()):
        yield f"  not used: {_reservation(each)}\n    {each['reason']}"


def _reservation(each: Found) -> str:
    place = f"subnet {each['subnet-id']}" if each["subnet-id"] else "global"
    return " ".join(filter(None, (place, each["type"], each["value"], each.get("ip-address"), each.get("hostname"))))


def _lease(lease: Found | None) -> Iterator[str]:
    if lease is None:
        return
    lifetime = f", for {show.duration(lease['valid-lft'])}" if "valid-lft" in lease else ""
    yield f"\nLEASE {lease['ip-address']}{lifetime}\n  {lease['rule']}"
    former = lease.get("former")
    if former and former["ip-address"] != lease["ip-address"]:
        state = " (expired)" if former["expired"] else ""
        yield f"  it has {former['ip-address']}{state} at present"


def _reply(reply: Found | None) -> Iterator[str]:
    if reply is None:
        return
    yield "\nREPLY"
    yield from (f"  {name:8} {reply[name]}" for name in _FIELDS if reply.get(name) not in (None, "0.0.0.0"))
    rows = [
        [each["code"], each.get("name", ""), each.get("data") or f"0x{each['hex']}", each["from"]]
        for each in reply["options"]
    ]
    yield from (f"  {line}" for line in show.table(("option", "name", "value", "from"), rows).splitlines())
    yield f"  {reply['hex']}"
