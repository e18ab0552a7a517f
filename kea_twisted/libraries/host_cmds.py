"""``libdhcp_host_cmds``."""

from __future__ import annotations

from typing import Final

from kea_twisted.commands.context import READ, WRITE, Command
from kea_twisted.libraries.base import KeaLibrary

_ROWS: Final = (
    ("reservation-add", WRITE, "reserve an address, a name, options for a client"),
    ("reservation-update", WRITE, "replace a reservation"),
    ("reservation-del", WRITE, "remove a reservation"),
    ("reservation-get", READ, "the reservation of a client or an address in a subnet"),
    ("reservation-get-all", READ, "all reservations of a subnet"),
    ("reservation-get-page", READ, "the next reservations"),
    ("reservation-get-by-address", READ, "the reservations of an address"),
    ("reservation-get-by-hostname", READ, "the reservations of a name"),
    ("reservation-get-by-id", READ, "the reservations of a client"),
)


class HostCommands(KeaLibrary):
    """Commands that show and change host reservations."""

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The commands."""
        from kea_twisted.commands.reservations import FUNCTIONS  # for servers that have a control channel

        return tuple([Command(name, access, FUNCTIONS[name], summary) for name, access, summary in _ROWS])
