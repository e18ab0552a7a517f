"""Keep a hosts file with the name and address of every client, for dnsmasq, unbound or a plain resolver.

    {"library": "hosts_file.py", "parameters": {"file": "hosts", "domain": "lan"}}

The file lies in ``/var/lib/kea-hosts``, which the environment variable ``KEA_HOSTS_FILE_DIR`` moves and the operator
creates. It is no parameter: who may send commands chooses those. The file is written anew, as a whole, ``delay``
seconds after something changed: once for a thousand leases. Leases that come from a partner are in it, too: both
servers of a pair have the same names.

Clients choose their names. They get none outside of ``domain``, none of those that other programs look up by themselves
or that are ``reserved`` in the parameters, none of another client's reservation, and none that another client has
already. After a restart the client whose lease is the oldest has it.
"""

from __future__ import annotations

import os
import re
import tempfile

from kea_twisted.hooks.library import HookLibrary, Parameter
from kea_twisted.lease.lease import DEFAULT
from kea_twisted.wire.address import address_text

FOLDER = os.environ.get("KEA_HOSTS_FILE_DIR", "/var/lib/kea-hosts")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
DOMAIN = re.compile(rf"{LABEL.pattern}(\.{LABEL.pattern})*")
FILE = re.compile(r"[A-Za-z0-9_-]+(\.(hosts|txt|conf))?")

WELL_KNOWN = frozenset(
    (
        *("localhost", "localdomain", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-allnodes"),
        *("wpad", "isatap", "autodiscover", "autoconfig", "_dmarc", "mta-sts", "openpgpkey"),  # looked up by programs
        *("dns", "dhcp", "gateway", "router", "gw", "proxy", "ntp", "time", "ldap", "kerberos", "kdc", "mail", "smtp"),
        *("www", "ns", "ns1", "ns2", "vpn", "sso", "login"),
    )
)
"""Names that a client must not have: others would talk to it instead of the service."""


class HostsFile(HookLibrary):
    """Writes the file."""

    parameters = (
        Parameter("file", str, "hosts", meaning="name of the file, without a folder"),
        Parameter("domain", str, meaning="the domain of all names"),
        Parameter("reserved", list, [], meaning="further names that no client gets"),
        Parameter("delay", float, 1, meaning="seconds from a change to the file"),
    )

    @classmethod
    def check(cls, parameters, problems):
        super().check(parameters, problems)
        if not FILE.fullmatch(str(parameters.get("file", "hosts"))):
            text = "parameter 'file' must be a name without a folder, with the suffix .hosts, .txt, .conf or none"
            problems.error(parameters.place_of("file"), text)
        if not DOMAIN.fullmatch(str(parameters.get("domain", "lan")).lower()):
            problems.error(parameters.place_of("domain"), "parameter 'domain' must be a domain name")

    def load(self, host):
        self._host = host
        self._call = None
        self._domain = self.values["domain"].lower()
        self._reserved = WELL_KNOWN.union(str(name).lower() for name in self.values["reserved"])
        self._held: dict[str, int] = {}  # as in the file

    def unload(self):
        if self._call is not None:
            self._call.cancel()
            self._write()

    def dhcp4_srv_configured(self, settings):
        self._changed()

    def leases4_committed(self, decision):
        if decision.changes:
            self._changed()

    def lease4_expire(self, lease):
        self._changed()

    def command_processed(self, command, arguments, answer):
        # the partner and the operator change leases by commands
        if command.startswith(("lease4-", "ha-sync")):
            self._changed()

    def _changed(self):
        if self._call is None:
            self._call = self._host.reactor.callLater(self.values["delay"], self._write)

    def _write(self):
        self._call = None
        names = sorted(self._names().items())
        lines = [f"{address_text(address)}\t{name}.{self._domain} {name}\n" for name, address in names]
        replace(os.path.join(FOLDER, self.values["file"]), "".join(lines))

    def _names(self) -> dict[str, int]:
        """The address of each name: that of the lease that has it already, else of the one that was given first."""
        now = self._host.now()
        owners = self._owners()
        names: dict[str, tuple[bool, int, int]] = {}
        for lease in self._host.table.store:
            name = label_of(lease.hostname, self._domain)
            if name is None or lease.state != DEFAULT or lease.is_expired(now):
                continue
            owner = owners.get(name)
            if not is_owner(owner, lease) if owner else name in self._reserved:
                continue
            rank = (self._held.get(name) != lease.address, lease.cltt, lease.address)
            names[name] = min(rank, names.get(name, rank))
        self._held = {name: address for name, (_, _, address) in names.items()}
        return self._held

    def _owners(self):
        """The reservations by their names: no other client gets these."""
        hosts = ((label_of(host.hostname, self._domain), host) for host in self._host.settings.hosts)
        return {name: host for name, host in hosts if name is not None}


def is_owner(host, lease) -> bool:
    """Return whether a lease is that of a reservation, as far as a lease shows it."""
    if host.address:
        return host.address == lease.address
    shown = {"hw-address": lease.hwaddr, "client-id": lease.client_id}
    return shown.get(host.kind, host.identifier) == host.identifier


def label_of(hostname: str, domain: str) -> str | None:
    """The first label of a client's name; None for one that is no name, or of another domain."""
    name = hostname.lower().rstrip(".").removesuffix(f".{domain}")
    return name if LABEL.fullmatch(name) else None


def replace(path: str, text: str) -> None:
    """Write a file as a whole, under a name that cannot be foreseen until it is complete; resolvers may read it."""
    descriptor, temporary = tempfile.mkstemp(prefix=".hosts-", dir=os.path.dirname(path))
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            os.fchmod(descriptor, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
