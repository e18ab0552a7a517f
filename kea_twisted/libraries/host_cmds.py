"""``libdhcp_host_cmds``."""

from __future__ import annotations

from typing import Final

from kea_twisted.commands.context import Command
from kea_twisted.libraries.base import KeaLibrary

_SUMMARIES: Final = (
    ("reservation-add", "reserve an address, a name, options for a client"),
    ("reservation-update", "replace a reservation"),
    ("reservation-del", "remove a reservation"),
    ("reservation-get", "the reservation of a client or an address in a subnet"),
    ("reservation-get-all", "all reservations of a subnet"),
    ("reservation-get-page", "the next reservations"),
    ("reservation-get-by-address", "the reservations of an address"),
    ("reservation-get-by-hostname", "the reservations of a name"),
    ("reservation-get-by-id", "the reservations of a client"),
)


class HostCommands(KeaLibrary):
    """Commands that show and change host reservations."""

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The commands."""
        from kea_twisted.commands.reservations import FUNCTIONS  # for servers that have a control channel

        return tuple([Command(name, FUNCTIONS[name], summary) for name, summary in _SUMMARIES])
