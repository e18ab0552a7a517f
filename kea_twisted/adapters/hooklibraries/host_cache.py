"""``libdhcp_host_cache`` as the library table names it: the commands of the cache, and its files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from kea_twisted.adapters.system.ownership import replace_file
from kea_twisted.commands import envelope
from kea_twisted.commands.context import READ, WRITE
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.reservations import LONGEST
from kea_twisted.config.text import place_of
from kea_twisted.errors import CommandError, Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost, Parameter, is_of
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary, MethodCommand
from kea_twisted.libraries.host_cache import entries
from kea_twisted.libraries.host_cache import messages as M
from kea_twisted.libraries.host_cache.cache import Cache
from kea_twisted.libraries.host_cache.entries import Entry
from kea_twisted.libraries.host_cache.loggedcache import LoggedCache
from kea_twisted.wire.address import address_number
from kea_twisted.wire.optiondefs import Definitions

MAXIMUM: Final = "maximum"
SECTION: Final = "host-cache"
"""Where Kea's code looks for the parameter; its manual has it without."""
_LARGEST: Final = 1_000_000_000
_LONGEST_FILE: Final = 1 << 30
_SUBNETS: Final = ("subnet-id", "subnet-id4", "subnet-id6")


class CachedHosts(KeaLibrary):
    """A cache of reservations before the hosts databases."""

    parameters = (
        Parameter(MAXIMUM, int, 0, "the number of entries, 0: any"),
        Parameter(SECTION, dict, {}, "a map with `maximum`"),
    )
    events = M.EVENTS
    caches_hosts = True

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self.cache = Cache(self.values[SECTION].get(MAXIMUM, self.values[MAXIMUM]))

    @classmethod
    def check(cls, parameters: Mapping[str, Json], problems: Problems) -> None:
        """Report a bound that cannot be used."""
        super().check(parameters, problems)
        inner = parameters.get(SECTION)
        for place in (parameters, inner) if isinstance(inner, Mapping) else (parameters,):
            found = place.get(MAXIMUM, 0)
            if not is_of(found, int):
                if place is inner:
                    problems.error(place_of(place, MAXIMUM), f"'{MAXIMUM}' in '{SECTION}' must be an integer")
            elif found < 0:
                problems.error(place_of(place, MAXIMUM), "Host Cache maximum parameter is negative")
            elif found > _LARGEST:
                text = f"Host Cache maximum parameter is too large ({found} > {_LARGEST})"
                problems.error(place_of(place, MAXIMUM), text)

    def load(self, host: HookHost) -> None:
        """Log the beginning."""
        super().load(host)
        self._logged = LoggedCache(self.cache, host.log)
        self._log(M.LOADED)

    def register(self, hooks: HookChain) -> None:
        """Put the cache before the databases."""
        self.host.stored_hosts.use_cache(self._logged)

    def unload(self) -> None:
        """Remove the cache."""
        self.host.stored_hosts.remove_cache(self._logged)
        self._log(M.UNLOADED)

    @classmethod
    def method_table(cls) -> tuple[MethodCommand, ...]:
        """Return the commands."""
        return (
            MethodCommand("cache-size", READ, cls.size),
            MethodCommand("cache-clear", WRITE, cls.clear),
            MethodCommand("cache-flush", WRITE, cls.flush),
            MethodCommand("cache-get", READ, cls.get),
            MethodCommand("cache-get-by-id", READ, cls.get_by_id),
            MethodCommand("cache-insert", WRITE, cls.insert),
            MethodCommand("cache-remove", WRITE, cls.remove),
            MethodCommand("cache-write", WRITE, cls.write),
            MethodCommand("cache-load", WRITE, cls.read),
        )

    def size(self, arguments: Json) -> Answer:
        """Count the entries of the cache."""
        self._log(M.SIZE, len(self.cache))
        return answer(SUCCESS, f"{len(self.cache)} entries.", {"size": len(self.cache)})

    def clear(self, arguments: Json) -> Answer:
        """Remove all entries of the cache."""
        self.cache.clear()
        self._log(M.CLEAR)
        return answer(SUCCESS, "Cache cleared.")

    def flush(self, arguments: Json) -> Answer:
        """Remove some entries of the cache, those used least recently."""
        before = len(self.cache)
        with self._reporting(M.FLUSH_FAILED, arguments):
            if type(arguments) is not int:
                raise ValueError("intValue() called on non-integer Element")
            if arguments == 0:
                raise ValueError("invalid (0) parameter: please use cache-clear command")
            if arguments < 0:
                raise ValueError("invalid (<0) parameter")
            self.cache.flush(arguments)
        self._log(M.FLUSH)
        return answer(SUCCESS, f"Cache flushed ({before - len(self.cache)} entries removed).")

    def get(self, arguments: Json) -> Answer:
        """Show all entries of the cache."""
        shown = [entry.shown for entry in self.cache]
        self._log(M.GET, len(shown))
        return answer(SUCCESS if shown else EMPTY, f"{len(shown)} entries returned.", shown)

    def get_by_id(self, arguments: Json) -> Answer:
        """Show the entries of the cache with an identifier."""
        with self._reporting(M.GET_BY_ID_FAILED, arguments, False):
            found = _map(arguments)
            for name, value in sorted(found.items()):
                if name not in LONGEST:
                    raise ValueError(f"unknown parameter '{name}'")
                _text(name, value)
            if len(found) != 1:
                raise ValueError("only one identifier can be specified" if found else "an identifier is required")
            ((kind, text),) = found.items()
            shown = [entry.shown for entry in self.cache.of(kind, entries.identifier_of(text))]
        self._log(M.GET_BY_ID, len(shown))
        return answer(SUCCESS if shown else EMPTY, f"{len(shown)} entries returned.", shown)

    def insert(self, arguments: Json) -> Answer:
        """Put entries into the cache."""
        with self._reporting(M.INSERT_FAILED, arguments):
            found = self._read([arguments] if isinstance(arguments, dict) else arguments)
            overwritten = sum([self.cache.insert(entry) for entry in found])
        self._log(M.INSERT, len(found), overwritten)
        text = f"{len(found)} entries inserted ({overwritten} overwritten by more recent entries)."
        return answer(SUCCESS, text)

    def remove(self, arguments: Json) -> Answer:
        """Remove the entry of a client or an address from the cache."""
        with self._reporting(M.REMOVE_FAILED, arguments):
            removed = self._removed(_map(arguments))
        self._log(M.REMOVE, _shown(arguments))
        if not removed:
            raise CommandError("Host not removed (not found).", EMPTY)
        return answer(SUCCESS, "Host removed.")

    def write(self, arguments: Json) -> Answer:
        """Write the entries of the cache to a file."""
        with self._reporting(M.WRITE_FAILED, arguments):
            path = self._path(arguments)
            shown = [entry.shown for entry in self.cache]
            try:
                replace_file(path, json.dumps(shown, indent=2) + "\n")
            except OSError as error:
                raise ValueError(f"Unable to open file '{path}' for writing: {error.strerror}") from error
        self._log(M.WRITE, len(shown))
        return answer(SUCCESS, f"{len(shown)} entries dumped to '{path}'.")

    def read(self, arguments: Json) -> Answer:
        """Put the entries of a file into the cache."""
        with self._reporting(M.LOAD_FAILED, arguments):
            path = self._path(arguments)
            found = self._read(_content(path))
            overwritten = sum([self.cache.insert(entry) for entry in found])
        self._log(M.LOAD, len(found), overwritten)
        text = f"{len(found)} entries loaded from '{path}' ({overwritten} overwritten by more recent entries)."
        return answer(SUCCESS, text)

    def _read(self, elements: Json) -> list[Entry]:
        """Return entries; if one has a fault, none is taken. Raises ValueError."""
        if not isinstance(elements, list):
            raise ValueError("listValue() called on non-list Element")
        definitions = Definitions(configured_definitions(self.host.settings.tree))
        return [entries.read(element, definitions) for element in elements]

    def _path(self, name: Json) -> str:
        if type(name) is not str:
            raise ValueError("invalid (not a string) parameter")
        if not name or "\0" in name:
            raise ValueError("invalid (empty string) parameter" if not name else "parameter is invalid: it has a NUL")
        try:
            return self.host.data_file(name)
        except ValueError as error:
            raise ValueError(f"parameter is invalid: {error}") from error
        except PermissionError as error:
            raise ValueError(f"parameter is invalid: {error.strerror}") from error

    def _removed(self, found: Mapping[str, Json]) -> bool:
        kinds = [name for name in found if name in LONGEST]
        for name, value in sorted(found.items()):
            if name in _SUBNETS:
                if type(value) is not int:
                    raise ValueError(f"intValue() called on non-integer Element in {name}")
            elif name in LONGEST or name == "ip-address":
                _text(name, value)
            else:
                raise ValueError(f"unknown parameter '{name}'")
        subnets = [name for name in _SUBNETS if name in found]
        if len(subnets) > 1 or len(kinds) > 1 or (kinds and found.get("ip-address")):
            raise ValueError("inconsistent parameters")
        if found.get("ip-address"):
            return self._removed_at(found, subnets)
        if not kinds:
            raise ValueError("either ip-address or an identifier is required")
        identifier = entries.identifier_of(found[kinds[0]])
        if subnets not in (["subnet-id4"], ["subnet-id6"]):
            raise ValueError("either subnet-id4 or subnet-id6 is required")
        return subnets == ["subnet-id4"] and self.cache.remove(kinds[0], identifier, found["subnet-id4"])

    def _removed_at(self, found: Mapping[str, Json], subnets: list[str]) -> bool:
        text = found["ip-address"]
        if not subnets:
            raise ValueError("subnet-id is required")
        if ":" in text:
            return False
        address = address_number(text)
        if subnets == ["subnet-id6"]:
            raise ValueError("inconsistent parameters")
        if not address:
            raise ValueError("invalid ip-address '0.0.0.0'")
        return self.cache.remove_at(found[subnets[0]], address)

    @contextmanager
    def _reporting(self, failed: Event, arguments: Json, with_arguments: bool = True) -> Iterator[None]:
        """Log a ValueError and make it the answer; commands without arguments have one."""
        try:
            if arguments is None:
                raise ValueError("no parameters specified for the command")
            yield
        except ValueError as error:
            self._log(failed, *([_shown(arguments)] if with_arguments else []), error)
            raise CommandError(str(error)) from error

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)


def _content(path: str) -> Json:
    """Return the JSON in a regular file. Raises ValueError."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LONGEST_FILE:
                raise ValueError(f"{path} cannot be read: it is not a regular file of at most {_LONGEST_FILE} bytes")
            return envelope.parse(file.read())
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error


def _map(arguments: Json) -> Mapping[str, Json]:
    if not isinstance(arguments, dict):
        raise ValueError("invalid (not a map) parameter")
    return arguments


def _text(name: str, value: Json) -> None:
    if type(value) is not str:
        raise ValueError(f"stringValue() called on non-string Element in {name}")


def _shown(arguments: Json) -> str:
    return "(missing parameters)" if arguments is None else json.dumps(arguments)
