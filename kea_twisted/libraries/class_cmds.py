"""``libdhcp_class_cmds``."""

from __future__ import annotations

from kea_twisted.commands.context import READ, WRITE, Command
from kea_twisted.libraries.base import KeaLibrary


class ClassCommands(KeaLibrary):
    """Commands that show and change client classes."""

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The commands."""
        from kea_twisted.commands import classcmds  # for servers that have a control channel

        return (
            Command("class-list", READ, classcmds.class_list, "all client classes"),
            Command("class-get", READ, classcmds.class_get, "one class, defaults filled in"),
            Command("class-add", WRITE, classcmds.class_add, "add a class"),
            Command("class-update", WRITE, classcmds.class_update, "replace a class"),
            Command("class-del", WRITE, classcmds.class_del, "remove a class"),
        )
