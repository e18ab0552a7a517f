"""Arguments about host reservations: the hosts themselves and the keys to find them, checked in Kea's order."""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.commands.arguments import Arguments, value
from kea_twisted.commands.context import Context
from kea_twisted.commands.leaseinput import is_ipv6
from kea_twisted.config.hosts import GLOBAL, Host
from kea_twisted.config.keawords import no_address
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.config.options import encode_option, merge, parse_definitions
from kea_twisted.config.reservations import LONGEST, make_host
from kea_twisted.config.text import Map, without_places
from kea_twisted.errors import CommandError, Problems
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.constants import BROADCAST
from kea_twisted.wire.optiontypes import pack_raw

NOT_A_MAP: Final = "Parameters missing or are not a map."

_MAX_ID: Final = 0xFFFFFFFE
LAST_NUMBER: Final = 0x7FFFFFFFFFFFFFFF
"""No host of a database has a greater one."""
_KEYS: Final = frozenset(
    (*LONGEST, "boot-file-name", "client-classes", "hostname", "ip-address", "next-server", "option-data",
     "server-hostname", "user-context")
)  # fmt: skip
_TARGETS: Final = ("memory", "database", "all", "default")
_NOWHERE: Final = " (:0:0)"  # Kea looks at a copy of the reservation, which has no place
_TEXTS: Final = ("hostname", "server-hostname", "boot-file-name", "next-server", "ip-address")


class HostKey(NamedTuple):
    """A request for hosts, by address or by identifier. No subnet: those of all subnets."""

    subnet_id: int | None
    address: int = 0
    kind: str = ""
    identifier: bytes = b""


def target(arguments: Arguments) -> str:
    """Return ``operation-target``, "default" if it is absent."""
    if "operation-target" not in arguments:
        return "default"
    found: str = value(arguments, "operation-target", str)
    if found not in _TARGETS:
        expected = ", ".join(_TARGETS)
        raise CommandError(f"The 'operation-target' value ({found}) is not within expected set: ({expected})")
    return found


def in_range(arguments: Arguments, name: str, low: int, high: int) -> int:
    """Return a mandatory number and its bounds."""
    found: int = value(arguments, name, int)
    if not low <= found <= high:
        raise CommandError(f"The '{name}' value ({found}) is not within expected range: ({low} - {high})")
    return found


def subnet_number(arguments: Arguments) -> int:
    """``subnet-id``, 0 for global hosts."""
    return in_range(arguments, "subnet-id", 0, _MAX_ID)


def read_host_key(arguments: Arguments) -> HostKey:
    """Return the target of reservation-get and reservation-del: one host of one subnet."""
    address, kind, identifier = (arguments.get(name) for name in ("ip-address", "identifier-type", "identifier"))
    subnet_id = None
    if "subnet-id" in arguments or (address, kind, identifier) == (None, None, None):
        subnet_id = subnet_number(arguments)
    target(arguments)
    if address is not None:
        if type(address) is not str:
            raise CommandError("'ip-address' is not a string.")
        found = HostKey(subnet_id, read_address(address) or 0)
        if subnet_id is None:
            raise _no_subnet("reservation-get-by-address", f"'ip-address' set to \"{address}\"", "address")
        return found
    for name, text in (("identifier-type", kind), ("identifier", identifier)):
        if type(text) is not str:
            raise CommandError(f"No 'ip-address' provided and '{name}' is either missing or not a string.")
    host_key = read_identifier(arguments)._replace(subnet_id=subnet_id)
    if subnet_id is None:
        about = f"'identifier-type' set to \"{kind}\" and 'identifier' to \"{identifier}\""
        raise _no_subnet("reservation-get-by-id", about, "identifier")
    return host_key


def read_identifier(arguments: Arguments) -> HostKey:
    """``identifier-type`` and ``identifier``."""
    for name in ("identifier-type", "identifier"):
        if type(arguments.get(name)) is not str:
            raise CommandError(f"'{name}' is either missing or not a string.")
    try:
        identifier = _raw(arguments["identifier"])
    except ValueError:
        raise CommandError("Unable to parse 'identifier' value.") from None
    if not identifier:
        raise CommandError("Unable to query for empty 'identifier'.")
    if arguments["identifier-type"] not in LONGEST:
        raise CommandError("Value of 'identifier-type' was not recognized.")
    return HostKey(None, kind=arguments["identifier-type"], identifier=identifier)


def read_address(text: str) -> int | None:
    """Return an IPv4 address; None for an IPv6 one, which no host here has."""
    try:
        return address_number(text)
    except ValueError:
        if is_ipv6(text):
            return None
        raise CommandError(no_address(text)) from None


def check_subnet(context: Context, subnet_id: int) -> Subnet | None:
    """Return the subnet of this number, None for the global hosts'. Raises CommandError where there is none."""
    if subnet_id == GLOBAL:
        return None
    subnet = context.subnets.by_id.get(subnet_id)
    if subnet is None:
        raise CommandError(f"IPv4 subnet with ID of '{subnet_id}' is not configured")
    return subnet


def read_host(context: Context, reservation: Arguments, *, subnet_needed: bool) -> tuple[Host, bool]:
    """Return the host that reservation-add or -update brings, and whether it was taken for a global one."""
    subnet_id = _subnet_id(reservation, subnet_needed)
    section: Map = without_places({key: found for key, found in reservation.items() if key != "subnet-id"})
    kind, identifier = _identifier(section)
    address = _checked(section)
    options = _options(context.settings, section)
    if subnet_id is None and address:
        raise CommandError(f"Mandatory 'subnet-id' parameter missing. {_hint(context.settings, address)}")
    host = make_host(section, subnet_id or GLOBAL, kind, identifier, address, options)
    return host, subnet_id is None


def check_place(context: Context, host: Host) -> None:
    """Its subnet is configured, and its address lies inside."""
    subnet = check_subnet(context, host.subnet_id)
    if subnet is not None and host.address and host.address not in subnet:
        text = address_text(host.address)
        raise CommandError(f"specified reservation '{text}' is not matching the IPv4 subnet prefix '{subnet.text}'")


def check_free(settings: Settings, host: Host, before: Host | None = None) -> None:
    """Check that no other host has its identifier or address; ``before`` is the host that it replaces."""
    there = settings.hosts.get(host.subnet_id, host.kind, host.identifier) if before is None else None
    names = {"hw-address": "HW address", "duid": "DUID"}
    pairs = host.identifier.hex(":")
    where = f"to the IPv4 subnet id '{host.subnet_id}'"
    if there is not None and host.kind in names:
        raise CommandError(
            f"failed to add new host using the {names[host.kind]} '{pairs}' {where} as this host has already been added"
        )
    others = [one for one in settings.hosts.at(host.subnet_id, host.address) if one is not before]
    if host.address and others and settings.ip_reservations_unique:
        hwaddr = pairs if host.kind == "hw-address" else "(null)"
        duid = pairs if host.kind == "duid" else "(null)"
        raise CommandError(
            f"failed to add new host using the HW address '{hwaddr} and DUID '{duid}' {where}"
            f" for the address {address_text(host.address)}: There's already a reservation for this address"
        )
    if there is not None:
        named = f"{host.kind}={host.identifier.hex().upper()}"
        raise CommandError(f"failed to add duplicate IPv4 host using identifier: {named}")


def _subnet_id(reservation: Arguments, needed: bool) -> int | None:
    if "subnet-id" not in reservation:
        if needed:
            raise CommandError(
                "Mandatory 'subnet-id' parameter missing. Use `reservation-get-by-id' or"
                " 'reservation-get-by-address' to get the list of reservations with given identifier or"
                " address."
            )
        return None
    found = reservation["subnet-id"]
    if type(found) is not int:
        raise CommandError("'subnet-id' parameter is not integer.")
    if not 0 <= found <= _MAX_ID:
        raise CommandError(f"subnet-id: {found} is invalid, must be between 0 and {_MAX_ID} (inclusive).")
    return found


def _identifier(section: Map) -> tuple[str, bytes]:
    kind = ""
    for key in sorted(section):
        if key not in _KEYS:
            raise CommandError(f"unsupported configuration parameter '{key}'{_NOWHERE}")
        if key in LONGEST:
            if kind:
                raise CommandError(f"the '{key}' and '{kind}' are mutually exclusive{_NOWHERE}")
            kind = key
        if (key in LONGEST or key == "hostname") and type(section[key]) is not str:
            raise CommandError(f"stringValue() called on non-string Element in {section[key]!r}{_NOWHERE}")
    if not kind:
        kinds = ", ".join(sorted(LONGEST))
        text = f"one of the supported identifiers must be specified for host reservation: {kinds}"
        raise CommandError(text + _NOWHERE)
    text = section[kind]
    if not text:
        raise CommandError(f"empty host identifier used{_NOWHERE}")
    try:
        identifier = _raw(text)
    except ValueError:
        raise CommandError(f"invalid host identifier value '{text}'{_NOWHERE}") from None
    if len(identifier) > LONGEST[kind]:
        raise CommandError(f"too long client identifier type {kind} length {len(identifier)}{_NOWHERE}")
    return kind, identifier


def _checked(section: Map) -> int:
    """Return the reserved address, once everything but the identifier and the options has been looked at."""
    for key in _TEXTS:
        if type(section.get(key, "")) is not str:
            raise CommandError(f"stringValue() called on non-string Element in {key}")
    classes = section.get("client-classes", [])
    if not isinstance(classes, list):
        raise CommandError("listValue() called on non-list Element in client-classes")
    if any(type(name) is not str for name in classes):
        raise CommandError("stringValue() called on non-string Element in client-classes")
    if not isinstance(section.get("user-context", {}), dict):
        raise CommandError("user-context must be a map")
    if len(section.get("boot-file-name", "").encode()) > 127:
        raise CommandError("boot file length must not exceed 127")
    if len(section.get("server-hostname", "").encode()) > 63:
        raise CommandError("server hostname length must not exceed 63")
    address = _reserved_address(section["ip-address"]) if "ip-address" in section else 0
    if "next-server" in section:
        server = read_address(section["next-server"])
        if server is None or server == BROADCAST:
            raise CommandError(f"invalid next server address '{section['next-server']}'")
    return address


def _reserved_address(text: str) -> int:
    address = read_address(text)
    if address is None:
        raise CommandError(f"address '{text}' is not a valid IPv4 address")
    if address in (0, BROADCAST):
        raise CommandError(f"must not make reservation for the '{text}' address")
    return address


def _options(settings: Settings, section: Map) -> OptionSet | None:
    entries = section.get("option-data", [])
    if not isinstance(entries, list):
        raise CommandError("listValue() called on non-list Element in option-data")
    if not entries:
        return None
    problems = Problems()
    definitions = parse_definitions(settings.tree.get("option-def", ()), Problems())
    made = [encode_option(entry, definitions, problems) if isinstance(entry, dict) else None for entry in entries]
    found = [option for option in made if option is not None]
    if len(found) < len(made):
        raise CommandError(problems.errors[0].text if problems.errors else "an option is a map")
    return merge((found,))


def _hint(settings: Settings, address: int) -> str:
    """Return the subnets that may have been meant."""
    text = f"The address '{address_text(address)}' belongs to"
    within = [subnet for subnet in settings.subnets if address in subnet]
    if not within:
        return f"{text} no configured subnet."
    first = min(within, key=lambda subnet: subnet.id)
    return f"{text} subnet '{first.text}' id {first.id}{' and others.' if len(within) > 1 else '.'}"


def _no_subnet(command: str, about: str, what: str) -> CommandError:
    return CommandError(
        f"missing parameter 'subnet-id', use '{command}' with {about} to get the list of reservations with this {what}"
    )


def _raw(text: str) -> bytes:
    if text == "''":
        raise ValueError("nothing between the quotes")
    return pack_raw(text)
