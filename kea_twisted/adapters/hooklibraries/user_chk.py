"""``libdhcp_user_chk`` as the library table names it: reads the registry and writes the outcomes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, TextIO

from kea_twisted.adapters.system.smallfiles import read_small
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.effects import Query
from kea_twisted.events.event import Event
from kea_twisted.hooks.library import HookHost
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.user_chk import messages as M
from kea_twisted.libraries.user_chk.registry import DEFAULT, HARDWARE, Properties, Registry, read
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import NAK, OPT_MESSAGE_TYPE
from kea_twisted.wire.message import Message

VARIABLE: Final = "KEA_USER_CHK_DIR"
FOLDER: Final = "/usr/local/share/kea"
REGISTRY: Final = "user_chk_registry.txt"
OUTCOME: Final = "user_chk_outcome.txt"
_OPTIONS: Final = (("bootfile", 67), ("tftp_server", 66))
"""The properties of a user that become options of the reply."""
_NAK: Final = bytes((NAK,))


class UserCheck(KeaLibrary):
    """The last subnet for clients that are not in a registry, and options for those that are."""

    events = M.EVENTS
    own_events = M.OWN

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        folder = os.environ.get(VARIABLE) or FOLDER
        self._registry_path = os.path.join(folder, REGISTRY)
        self._outcome_path = os.path.join(folder, OUTCOME)
        self._users: Registry = {}
        self._seen: object = None  # the state of the registry's file that was read last
        self._outcome: TextIO | None = None
        self._restricted: Subnet | None = None
        self._fault = ""

    def load(self, host: HookHost) -> None:
        """Read the registry and open the outcome file. Raises ValueError if one of them cannot be used."""
        super().load(host)
        try:
            self._seen = self._state()
            self._users = self._read()
            self._outcome = open(self._outcome_path, "a", encoding="utf-8")  # noqa: SIM115  # closed by unload
        except (OSError, ValueError) as error:
            text = f"{self._outcome_path}: {error.strerror}" if isinstance(error, OSError) else str(error)
            self._log(M.LOAD_FAILED, text)
            raise ValueError(text) from error

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Note the subnet for clients that are not in the registry: that with the highest identifier."""
        self._restricted = max(settings.subnets, key=lambda subnet: subnet.id, default=None)

    def pkt4_receive(self, query: Query) -> None:
        """Read the registry again if it has changed."""
        state = self._state()
        if state != self._seen:
            self._seen = state
            try:
                self._users = self._read()
            except ValueError as error:
                self._log(M.REFRESH_FAILED, error)

    def subnet4_select(self, query: Query, subnet: Subnet | None) -> Subnet | None:
        """Return the last subnet for a client that is not in the registry; None: the subnet stays."""
        return None if self._user(query) is not None else self._restricted

    def pkt4_send(self, query: Query, response: Message) -> Message | None:
        """Write the outcome, and return the reply with the options of the user; None: it has none."""
        if response.options.get(OPT_MESSAGE_TYPE) == _NAK:
            return None
        user = self._user(query)
        self._write(query.message, response.yiaddr, user is not None)
        properties = user if user is not None else self._users.get(DEFAULT, {})
        added = {code: properties[name].encode() for name, code in _OPTIONS if properties.get(name)}
        if not added:
            return None
        options = {code: data for code, data in response.options.items() if code not in added}
        return response._replace(options=options | added)

    def unload(self) -> None:
        """Close the outcome file."""
        outcome, self._outcome = self._outcome, None
        if outcome is not None:
            try:
                outcome.close()
            except OSError as error:
                self._log(M.UNLOAD_FAILED, error.strerror)

    def _user(self, query: Query) -> Properties | None:
        return self._users.get((HARDWARE, query.message.chaddr))

    def _state(self) -> object:
        try:
            found = os.stat(self._registry_path)
        except OSError as error:
            return error.errno
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> Registry:
        """Read the registry, which may be empty. Raises ValueError."""
        try:
            if os.path.exists(self._registry_path) and not os.path.getsize(self._registry_path):
                return {}
            return read(read_small(self._registry_path).decode("utf-8"))
        except UnicodeDecodeError:
            raise ValueError(f"{self._registry_path} cannot be read: it is not UTF-8 text") from None

    def _write(self, message: Message, address: int, is_registered: bool) -> None:
        if self._outcome is None:
            return
        client = f"hwtype={message.htype} {message.chaddr.hex(':')}"
        known = "yes" if is_registered else "no"
        entry = f"id_type={HARDWARE}\nclient={client}\naddr={address_text(address)}\nregistered={known}\n\n"
        fault = ""
        try:
            self._outcome.write(entry)
            self._outcome.flush()
        except OSError as error:
            fault = error.strerror or str(error)
            if fault != self._fault:
                self._log(M.OUTCOME_FAILED, self._outcome_path, fault)
        self._fault = fault

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)
