"""``libdhcp_class_cmds``."""

from __future__ import annotations

from kea_twisted.commands.context import Command
from kea_twisted.libraries.base import KeaLibrary


class ClassCommands(KeaLibrary):
    """Commands that show and change client classes."""

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The commands."""
        from kea_twisted.commands import classcmds  # for servers that have a control channel

        return (
            Command("class-list", classcmds.class_list, "all client classes"),
            Command("class-get", classcmds.class_get, "one class, defaults filled in"),
            Command("class-add", classcmds.class_add, "add a class"),
            Command("class-update", classcmds.class_update, "replace a class"),
            Command("class-del", classcmds.class_del, "remove a class"),
        )
