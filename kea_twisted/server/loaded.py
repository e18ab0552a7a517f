"""The hook libraries of a running server: high availability, flex-id, and what is written in Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.registrar import HookLibraries
from kea_twisted.hooks.chain import consult
from kea_twisted.libraries import flex_id, lease_cmds
from kea_twisted.server import libraries, partnership

if TYPE_CHECKING:
    from kea_twisted.commands.registry import Command
    from kea_twisted.ha.library import HaLibrary
    from kea_twisted.server.running import Running


class LoadedLibraries:
    """Those of ``running``, which is their host. Its settings are the ones in force already when they are asked."""

    def __init__(self, running: Running, code: LibraryCode) -> None:
        self._running = running
        self.guests = HookLibraries(running, code)
        self.ha: HaLibrary | None = None
        self._grounds = partnership.grounds(())

    @property
    def commands(self) -> Mapping[str, Command]:
        """The commands of libraries written in Python."""
        return self.guests.commands

    @property
    def partners(self) -> tuple[HaLibrary | None, tuple[Any, ...]]:
        """The HA library and what it rests on; setting it takes a step back."""
        return self.ha, self._grounds

    @partners.setter
    def partners(self, before: tuple[HaLibrary | None, tuple[Any, ...]]) -> None:
        self._use(*before)

    def _use(self, library: HaLibrary | None, grounds: tuple[Any, ...]) -> None:
        self.ha, self._grounds = library, grounds

    def load(self) -> None:
        """Load what is written in Python; ConfigError. For the start: there is nothing to go back to."""
        entries = self._running.settings.hooks_libraries
        self.guests.adopt(self.guests.prepare(entries), entries)

    def take_partners(self) -> HaLibrary | None:
        """Make the HA library the one that is configured; unchanged relationships go on as they are.

        The one that has to go is returned: nothing asks it any more.
        """
        running = self._running
        wanted, retired = partnership.wanted(running.settings), None
        grounds = partnership.grounds(wanted)
        if grounds != self._grounds:
            retired = self.ha
            self._use(None, grounds)
            library = partnership.connect(
                wanted, running.service_state, running.table, running.commit, running.log, running.reactor,
                running.ports, running.can_serve, running.storage.path,
            )  # fmt: skip
            self._use(library, grounds)
        return retired

    def register(self) -> None:
        """Put all libraries at their hook points, in the order of the configuration."""
        running = self._running
        hooks, settings = running.hooks, running.settings
        for number, entry in enumerate(settings.hooks_libraries, 1):
            if entry.base_name == libraries.HIGH_AVAILABILITY and self.ha is not None:
                self.ha.load(running)
            elif entry.base_name == libraries.FLEX_ID:
                flex_id.make(entry, settings, number, running.log).register(hooks)
            elif entry.base_name == lease_cmds.LIBRARY:
                lease_cmds.make(entry, settings, running.table.store, number, running.log).register(hooks)
            else:
                self.guests.register(entry.library, number, hooks)
        if hooks.dhcp4_srv_configured:
            consult("dhcp4_srv_configured", hooks.dhcp4_srv_configured, running.log, settings)

    async def close(self) -> None:
        """Let go of everything; a library written in Python may take its time."""
        library = self.ha
        self._use(None, partnership.grounds(()))
        for ended in library.unload() if library is not None else ():
            await ended
        await self.guests.close()
