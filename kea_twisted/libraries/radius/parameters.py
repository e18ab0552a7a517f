"""The parameters of the library: their rules in Kea's words, and what they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, NamedTuple

from kea_twisted.config.model import Settings
from kea_twisted.config.reservations import LONGEST
from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.hooks.library import TYPE_NAMES, Parameter, is_of
from kea_twisted.jsonvalue import MASK, Json
from kea_twisted.libraries.radius import dictionary as D
from kea_twisted.libraries.radius.attributes import SECRET, Attribute, from_bytes, from_text
from kea_twisted.libraries.radius.dictionary import Definition, Dictionary

ACCESS: Final = "access"
ACCOUNTING: Final = "accounting"
DEFAULT_DICTIONARY: Final = "/etc/kea/radius/dictionary"
"""Kea's own file; as a parameter it stands for the standard attributes, which need no file here."""

ROWS: Final = (
    Parameter(ACCESS, dict, None, "the service that admits clients: `servers`, `attributes`, `max-pending-requests`"),
    Parameter(ACCOUNTING, dict, None, "the service that gets records: `servers`, `attributes`, `peer-updates`"),
    Parameter("bindaddr", str, "*", "the address to send from, and NAS-IP-Address; `*`: that of the route"),
    Parameter("canonical-mac-address", bool, False, "hardware addresses as `aa-bb-cc-dd-ee-ff`"),
    Parameter("client-id-pop0", bool, False, "without the zero at the beginning of client identifiers"),
    Parameter("client-id-printable", bool, False, "client identifiers as text if they are such"),
    Parameter("deadtime", int, 0, "seconds for which a server that did not answer is asked last; 0: it is not noted"),
    Parameter("dictionary", str, "", "a file with attributes in the place of the standard ones"),
    Parameter("extract-duid", bool, True, "the DUID in a client identifier as User-Name"),
    Parameter("identifier-type4", str, "client-id", "the identifier that is the User-Name"),
    Parameter("identifier-type6", str, "duid", "of DHCPv6 only"),
    Parameter("nas-ports", list, [], "NAS-Port by subnet, in the place of the subnet's number"),
    Parameter("protocol", str, "UDP", "`UDP`"),
    Parameter("realm", str, "", "has no effect, as in Kea"),
    Parameter("reselect-subnet-address", bool, False, "the subnet of Framed-IP-Address is taken"),
    Parameter("reselect-subnet-pool", bool, False, "a subnet with a pool for the class of Framed-Pool is taken"),
    Parameter("retries", int, 3, "tries with a server after the first"),
    Parameter("session-history", str, "", "the file that keeps the beginnings of accounting sessions"),
    Parameter("thread-pool-size", int, 0, "of Kea only"),
    Parameter("timeout", int, 10, "seconds to wait for a server's answer"),
    Parameter("use-message-authenticator", bool, True, "Message-Authenticator is sent, and answers must have it"),
)
_SERVICE: Final[Mapping[str, type]] = {
    "servers": list, "attributes": list, "peer-updates": bool, "max-pending-requests": int, "idle-timer-interval": int,
}  # fmt: skip
_ONLY: Final = {"peer-updates": ACCOUNTING, "max-pending-requests": ACCESS}
_SERVER: Final[Mapping[str, type]] = {"name": str, "port": int, "secret": str, "secret-file": str}
_ATTRIBUTE: Final[Mapping[str, type]] = {"name": str, "type": int, "data": str, "raw": str, "expr": str}
_EVERYWHERE: Final = ("user-context", "comment")
_DAY: Final = 86400
_PORTS: Final = {ACCESS: 1812, ACCOUNTING: 1813}
_NUMBERS: Final = {"deadtime": 0xFFFFFFFF, "retries": 0xFFFFFFFF, "timeout": _DAY, "thread-pool-size": 0xFFFFFFFF}


class Server(NamedTuple):
    """A RADIUS server. ``name`` is its address or its host name."""

    name: str
    port: int
    secret: bytes

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Server({self.name!r}, {self.port})"


class Configured(NamedTuple):
    """An attribute that is sent with each request: a value, or an expression about the query."""

    row: Definition
    attribute: Attribute | None
    expression: str


@dataclass(frozen=True)
class Service:
    """One of the two services; it is not in use without servers."""

    servers: tuple[Server, ...] = ()
    attributes: tuple[Configured, ...] = ()
    peer_updates: bool = True
    most_pending: int = 0
    idle_seconds: int = 0  # without an answer, after which the servers are asked for one; 0: never


@dataclass(frozen=True)
class RadiusSettings:
    """The parameters, checked and converted."""

    access: Service = field(default_factory=Service)
    accounting: Service = field(default_factory=Service)
    dictionary: Dictionary = field(default_factory=D.standard)
    bind_address: str = ""  # "": that of the route
    canonical_mac: bool = False
    pops_zero: bool = False
    printable: bool = False
    extracts_duid: bool = True
    deadtime: int = 0
    identifier_type: str = "client-id"
    reselects_by_address: bool = False
    reselects_by_pool: bool = False
    retries: int = 3
    timeout: int = 10
    history: str = ""
    authenticates: bool = True


ReadText = Callable[[str], str]


class Reader:
    """Reads the parameters. ``content`` reads a file, ``secret`` the first line of one; both raise ValueError."""

    def __init__(self, library: str, content: ReadText, secret: ReadText, problems: Problems) -> None:
        self._library = library
        self._content = content
        self._secret = secret
        self._problems = problems

    def read(self, parameters: Mapping[str, Json]) -> RadiusSettings:
        """Return the settings; where there are faults, they are reported."""
        for row in ROWS:
            if row.name in parameters and not is_of(parameters[row.name], row.type):
                self._fault(parameters, row.name, f"'{row.name}' of {self._library} must be {TYPE_NAMES[row.type]}")
                parameters = {name: value for name, value in parameters.items() if name != row.name}
        values = {row.name: parameters.get(row.name, row.default) for row in ROWS}
        for name, most in _NUMBERS.items():
            if not 0 <= values[name] <= most:
                self._fault(parameters, name, f"bad {name} {values[name]} not in [0..{most}]")
        self._check(parameters, values)
        known = self._dictionary(parameters, values["dictionary"])
        access, accounting = (
            self._service(name, values[name], known, values["bindaddr"]) for name in (ACCESS, ACCOUNTING)
        )
        return RadiusSettings(
            access, accounting, known, "" if values["bindaddr"] == "*" else values["bindaddr"],
            values["canonical-mac-address"], values["client-id-pop0"], values["client-id-printable"],
            values["extract-duid"], values["deadtime"], values["identifier-type4"], values["reselect-subnet-address"],
            values["reselect-subnet-pool"], values["retries"], values["timeout"] or 1, values["session-history"],
            values["use-message-authenticator"],
        )  # fmt: skip

    def _check(self, parameters: Mapping[str, Json], values: Mapping[str, Json]) -> None:
        for name in ("identifier-type4", "identifier-type6"):
            if values[name] not in LONGEST:
                self._fault(parameters, name, f"invalid client identifier type '{values[name]}'")
        if values["protocol"] != "UDP":
            what = "is not supported: use 'UDP'" if values["protocol"] in ("TCP", "TLS") else "is unknown: use 'UDP'"
            self._fault(parameters, "protocol", f"protocol '{values['protocol']}' {what}")
        try:
            if values["bindaddr"] != "*":
                ip_address(values["bindaddr"])
        except ValueError as error:
            self._fault(parameters, "bindaddr", f"bad local address '{values['bindaddr']}': {error}")

    def _dictionary(self, parameters: Mapping[str, Json], path: str) -> Dictionary:
        if path in ("", DEFAULT_DICTIONARY):
            return D.standard()
        try:
            return D.read(path, self._content)
        except ValueError as error:
            self._fault(parameters, "dictionary", f"can't read radius dictionary: {error}")
        return D.standard()

    def _service(self, name: str, section: Mapping[str, Json] | None, known: Dictionary, bind: str) -> Service:
        if section is None:
            return Service()
        found: dict[str, Json] = {}
        for key, value in section.items():
            if key in _EVERYWHERE:
                continue
            only = _ONLY.get(key, name)
            if key not in _SERVICE:
                self._fault(section, key, f"unknown service parameter: {key} (parsing {name})")
            elif only != name:
                text = f"{key} configured for the {name} service, but it is only supported for the {only} service"
                self._fault(section, key, f"{text} (parsing {name})")
            elif not is_of(value, _SERVICE[key]):
                self._fault(section, key, f"expected {key} to be {TYPE_NAMES[_SERVICE[key]]} (parsing {name})")
            else:
                found[key] = value
        for key in ("max-pending-requests", "idle-timer-interval"):
            if found.get(key, 0) < 0:
                text = f"expected {key} to be positive, but got {found[key]} instead"
                self._fault(section, key, f"{text} (parsing {name})")
        servers = [self._server(name, each, bind) for each in self._maps(found, "servers", _SERVER)]
        attributes = [self._attribute(name, each, known) for each in self._maps(found, "attributes", _ATTRIBUTE)]
        made = sorted((each for each in attributes if each is not None), key=lambda each: each.row.code)
        return Service(
            tuple([each for each in servers if each is not None]), tuple(made), found.get("peer-updates", True),
            found.get("max-pending-requests", 0), min(found.get("idle-timer-interval", 0), _DAY),
        )  # fmt: skip

    def _maps(self, found: Mapping[str, Json], key: str, types: Mapping[str, type]) -> list[Mapping[str, Json]]:
        """Return the entries of a list that are maps with members of the right types."""
        made = []
        for entry in found.get(key, ()):
            if not isinstance(entry, Mapping):
                self._fault(found, key, f"an entry of '{key}' must be a map")
                continue
            bad = [name for name in entry if name in types and not is_of(entry[name], types[name])]
            for name in bad:
                self._fault(entry, name, f"'{name}' in '{key}' must be {TYPE_NAMES[types[name]]}")
            unknown = [name for name in entry if name not in types and name not in _EVERYWHERE]
            for name in unknown:
                self._problems.warning(place_of(entry, name), f"'{name}' in '{key}' has no effect")
            if not bad:
                made.append(entry)
        return made

    def _server(self, service: str, entry: Mapping[str, Json], bind: str) -> Server | None:
        name, port = entry.get("name", ""), entry.get("port", _PORTS[service])
        if not name:
            self._fault(entry, "name", f"missing parameter 'name' of a server (parsing {service})")
        if not 0 < port <= 0xFFFF:
            self._fault(entry, "port", f"out of range value ({port}) specified for parameter 'port'")
        secret = entry.get("secret", "")
        if "secret-file" in entry:
            if secret:
                self._fault(entry, "secret-file", "'secret' and 'secret-file' are exclusive")
            with self._problems.catching(place_of(entry, "secret-file")):
                secret = self._secret(entry["secret-file"])
        if not secret:
            self._fault(entry, "secret", f"can't create {service} server '{name}': empty secret")
            return None
        try:
            if bind != "*" and ip_address(bind).version != ip_address(name).version:
                self._fault(entry, "name", f"address family mismatch: peer {name}, local {bind}")
        except ValueError:
            pass  # a host name, or reported already
        return Server(name, port, secret.encode())

    def _attribute(self, service: str, entry: Mapping[str, Json], known: Dictionary) -> Configured | None:
        row = self._definition(entry, known)
        if row is None:
            return None
        data, raw, expression = (entry.get(key, "") for key in ("data", "raw", "expr"))
        if sum(map(bool, (data, raw, expression))) > 1:
            self._fault(entry, "data", "data, raw and expr are exclusive")
            return None
        if expression:
            if service == ACCOUNTING:
                self._fault(entry, "expr", "Expressions are not yet supported in accounting")
            return Configured(row, None, expression)
        try:
            if raw:
                return Configured(row, from_bytes(row, bytes.fromhex("0" * (len(raw) % 2) + raw)), "")
            return Configured(row, from_text(known, row, data), "")
        except ValueError as error:
            shown = MASK if row.code in SECRET else raw or data
            text = f"from raw: [{shown}]: {error}" if raw else f"from [{shown}]: {error}"
            self._fault(entry, "raw" if raw else "data", f"can't create {row.name} attribute {text}")
        return None

    def _definition(self, entry: Mapping[str, Json], known: Dictionary) -> Definition | None:
        name, code = entry.get("name"), entry.get("type")
        row = None
        if name is not None:
            row = known.named(name)
            if row is None:
                self._fault(entry, "name", f"attribute '{name}' is unknown" if name else "attribute name is empty")
                return None
        if code is not None:
            if not 0 <= code <= 255:
                self._fault(entry, "type", f"out of range attribute type {code}")
                return None
            if row is not None and row.code != code:
                self._fault(entry, "type", f"{name} attribute has type {row.code}, not {code}")
            row = row or known.of(code)
            if row is None:
                self._fault(entry, "type", f"attribute type {code} is unknown")
        elif row is None:
            self._fault(entry, "name", "name or type are required")
        return row

    def _fault(self, section: Mapping[str, Json], key: str, text: str) -> None:
        self._problems.error(place_of(section, key), text)


def check_settings(radius: RadiusSettings, library: str, settings: Settings, problems: Problems) -> None:
    """Report what the rest of the configuration does not permit."""
    if settings.early_global_reservations_lookup:
        problems.error(None, "early-global-reservations-lookup is not compatible with RADIUS")
    for network in settings.shared_networks:
        for subnet in network.subnets if len(network.subnets) > 1 else ():
            if subnet.reservations_in_subnet or not subnet.reservations_global:
                problems.error(
                    None,
                    f"subnet {subnet.id} '{subnet.text}' of shared network {network.name} does not use only global "
                    "host reservations which are required for subnets in shared networks by RADIUS",
                )
    if radius.access.servers and radius.identifier_type not in settings.host_reservation_identifiers:
        problems.warning(
            None,
            f"the 'identifier-type4' of {library}, '{radius.identifier_type}', is not one of the "
            "host-reservation-identifiers: addresses that a RADIUS server assigns have no effect; add it",
        )


def nas_ports(entries: Sequence[Json], settings: Settings, problems: Problems) -> dict[int, int]:
    """Return NAS-Port by subnet, 0: of all others. Faults are reported."""
    made: dict[int, int] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or type(entry.get("port")) is not int:
            problems.error(getattr(entry, "place", None), "missing port in nas-ports entry")
            continue
        place = place_of(entry, "port")
        port: int = entry["port"]
        if not 0 <= port <= 0xFFFFFFFF:
            problems.error(place, f"'port' in 'nas-ports' must be between 0 and {0xFFFFFFFF}, not {port}")
        elif type(entry.get("subnet-id")) is int:
            made[entry["subnet-id"]] = port
        elif "subnet-prefix" in entry:
            found = [subnet.id for subnet in settings.subnets if subnet.text == entry["subnet-prefix"]]
            if not found:
                problems.error(place, f"can't find subnet for {entry['subnet-prefix']}")
            made.update(dict.fromkeys(found, port))
        elif "shared-network-name" in entry:
            name = entry["shared-network-name"]
            networks = [each for each in settings.shared_networks if each.name == name]
            if not networks:
                problems.error(place, f"can't find shared network for {name}")
            made.update(dict.fromkeys([subnet.id for each in networks for subnet in each.subnets], port))
        elif len(entry) > 1:
            problems.error(place, "unknown selector in a nas-ports entry: use subnet-id, subnet-prefix or "
                                  "shared-network-name")  # fmt: skip
        else:
            made[0] = port
    return made
