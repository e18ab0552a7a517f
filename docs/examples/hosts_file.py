"""Keep a hosts file with the name and address of every client, for dnsmasq, unbound or a plain resolver.

    {"library": "hosts_file.py", "parameters": {"file": "/var/db/kea/hosts", "domain": "lan"}}

The file is written anew, as a whole, ``delay`` seconds after something changed: once for a thousand leases.
Leases that come from a partner are in it, too: both servers of a pair have the same names.
"""

from __future__ import annotations

import os
import re

from kea_twisted.hooks.library import HookLibrary, Parameter
from kea_twisted.lease.lease import DEFAULT
from kea_twisted.wire.address import address_text

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE)


class HostsFile(HookLibrary):
    """Writes the file."""

    parameters = (
        Parameter("file", str, meaning="path of the file"),
        Parameter("domain", str, "", meaning="is appended to names without a dot"),
        Parameter("delay", float, 1, meaning="seconds from a change to the file"),
    )

    def load(self, host):
        self._host = host
        self._call = None

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
        now = self._host.now()
        lines = [
            f"{address_text(lease.address)}\t{self._names(lease.hostname)}\n"
            for lease in sorted(self._host.table.store)
            if lease.state == DEFAULT and not lease.is_expired(now) and is_name(lease.hostname)
        ]
        path = self.values["file"]
        with open(f"{path}.new", "w") as file:
            file.writelines(lines)
        os.replace(f"{path}.new", path)

    def _names(self, hostname: str) -> str:
        name, domain = hostname.rstrip("."), self.values["domain"]
        return name if "." in name or not domain else f"{name}.{domain} {name}"


def is_name(text: str) -> bool:
    """Clients send all sorts of things."""
    return NAME.fullmatch(text.rstrip(".")) is not None
