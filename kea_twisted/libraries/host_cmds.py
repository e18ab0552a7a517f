"""``libdhcp_host_cmds``."""

from __future__ import annotations

from kea_twisted.commands.context import Command
from kea_twisted.libraries.base import KeaLibrary


class HostCommands(KeaLibrary):
    """Commands that show and change host reservations."""

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The commands."""
        from kea_twisted.commands import hosts  # for servers that have a control channel

        return (
            Command("reservation-add", hosts.reservation_add, "reserve an address, a name, options for a client"),
            Command("reservation-update", hosts.reservation_update, "replace a reservation"),
            Command("reservation-del", hosts.reservation_del, "remove a reservation"),
            Command("reservation-get", hosts.reservation_get, "the reservation of a client or an address in a subnet"),
            Command("reservation-get-all", hosts.reservation_get_all, "all reservations of a subnet"),
            Command("reservation-get-page", hosts.reservation_get_page, "the next reservations"),
            Command("reservation-get-by-address", hosts.reservation_get_by_address, "the reservations of an address"),
            Command("reservation-get-by-hostname", hosts.reservation_get_by_hostname, "the reservations of a name"),
            Command("reservation-get-by-id", hosts.reservation_get_by_id, "the reservations of a client"),
        )
