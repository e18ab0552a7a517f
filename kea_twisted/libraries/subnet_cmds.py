"""``libdhcp_subnet_cmds``."""

from __future__ import annotations

from kea_twisted.commands.context import READ, WRITE, Command
from kea_twisted.libraries.base import KeaLibrary


class SubnetCommands(KeaLibrary):
    """Commands that show and change subnets and shared networks."""

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The commands."""
        from kea_twisted.commands import networkcmds, subnetcmds  # for servers that have a control channel

        return (
            Command("subnet4-list", READ, subnetcmds.subnet4_list, "all subnets"),
            Command("subnet4-get", READ, subnetcmds.subnet4_get, "one subnet, defaults filled in"),
            Command("subnet4-add", WRITE, subnetcmds.subnet4_add, "add a subnet"),
            Command("subnet4-update", WRITE, subnetcmds.subnet4_update, "replace a subnet"),
            Command("subnet4-del", WRITE, subnetcmds.subnet4_del, "remove a subnet"),
            Command("subnet4-delta-add", WRITE, subnetcmds.subnet4_delta_add, "add to a subnet, or change parts of it"),
            Command("subnet4-delta-del", WRITE, subnetcmds.subnet4_delta_del, "remove parts of a subnet"),
            Command("network4-list", READ, networkcmds.network4_list, "all shared networks"),
            Command("network4-get", READ, networkcmds.network4_get, "one shared network, defaults filled in"),
            Command("network4-add", WRITE, networkcmds.network4_add, "add a shared network"),
            Command("network4-del", WRITE, networkcmds.network4_del, "remove a shared network"),
            Command(
                "network4-subnet-add", WRITE, networkcmds.network4_subnet_add, "move a subnet into a shared network"
            ),
            Command(
                "network4-subnet-del", WRITE, networkcmds.network4_subnet_del, "move a subnet out of a shared network"
            ),
        )
