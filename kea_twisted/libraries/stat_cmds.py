"""``libdhcp_stat_cmds``."""

from __future__ import annotations

from kea_twisted.commands.context import READ, Command
from kea_twisted.libraries.base import KeaLibrary


class StatisticCommands(KeaLibrary):
    """A command that shows the use of the subnets."""

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The command."""
        from kea_twisted.commands import leasestats  # for servers that have a control channel

        return (Command("stat-lease4-get", READ, leasestats.stat_lease4_get, "the use of the subnets"),)
