"""The keyword table against a tree: unknown and misplaced keywords, old names, kinds, what is missing.

Works on the tree in place: old names become today's, and a value that is wrong is taken out once it has been
reported, so that the builder of the settings meets nothing unexpected. Rules between several values
are in ``config.rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from kea_twisted.config import keawords
from kea_twisted.config.keywords import GONE, OLD_NAMES, SCOPES, Keyword, Renamed
from kea_twisted.config.kinds import ListOf, ListOfMaps, MapOf
from kea_twisted.config.text import List, Map
from kea_twisted.errors import Problems

_CONFLICT_MODES: Final = {True: "check-with-dhcid", False: "no-check-with-dhcid"}
_PLACES: Final = frozenset({"global", "network", "subnet", "pool", "option-data"})
_ANY_KEYWORD: Final = frozenset({"dhcp-queue-control"})  # queue types may bring parameters of their own


def _required(scopes: Mapping[str, Mapping[str, Keyword]]) -> dict[str, tuple[str, ...]]:
    return {scope: tuple(name for name, row in rows.items() if row.required) for scope, rows in scopes.items()}


_REQUIRED: Final = _required(SCOPES)


class Checker:
    """One walk through a tree. ``complete`` is False when syntax errors may have cost some members.

    ``no_effect`` collects what is configured and does nothing, as keywords in the order of the tree. ``scopes``,
    ``old_names`` and ``top`` are the tables of another program's configuration and the name of its map.
    """

    def __init__(
        self,
        problems: Problems,
        complete: bool = True,
        *,
        scopes: Mapping[str, Mapping[str, Keyword]] = SCOPES,
        old_names: Mapping[str, Mapping[str, Renamed]] = OLD_NAMES,
        top: str = "Dhcp4",
    ) -> None:
        self.no_effect: dict[str, None] = {}
        self._problems = problems
        self._complete = complete
        self._scopes = scopes
        self._old_names = old_names
        self._top = top
        self._required = _REQUIRED if scopes is SCOPES else _required(scopes)

    def check(self, section: Map, scope: str, path: str, *, effective: bool = True) -> None:
        """Check a map and all below it. ``effective`` is False inside something that has no effect itself."""
        table = self._scopes[scope]
        self._rename(section, scope, path)
        wrong = []
        for name, value in section.items():
            row = table.get(name)
            if row is None:
                if scope not in _ANY_KEYWORD:
                    self._unknown(section, name, scope, path)
                continue
            complaint = row.kind.complaint(value)
            if complaint and self._tolerates(section, row, path):
                value = section[name]
            elif complaint:
                kea = keawords.wrong_value(type(row.kind).__name__, name, scope, value, section.place is not None)
                self._problems.error(section.place_of(name), f"'{name}' in {path} {complaint}", kea)
                wrong.append(name)
                continue
            matters = effective and (row.effect or self._note(section, row, scope))
            if isinstance(value, (Map, List)) and not self._below(value, row, name, path, effective=matters):
                wrong.append(name)
        for name in wrong:
            del section[name]
        self._require(section, scope, path, wrong)
        if "comment" in section and "comment" in section.get("user-context", ()):
            self._problems.error(section.key_place("comment"), f"'comment' in {path} is in its user-context too")

    def _tolerates(self, section: Map, row: Keyword, path: str) -> bool:
        """Put another value in the place of one that Kea takes, too; False if it does not."""
        found = row.kind.tolerated(section[row.name])
        if found is None:
            return False
        section[row.name] = found.value
        if found.warning:
            self._problems.warning(section.place_of(row.name), f"'{row.name}' in {path} {found.warning}")
        return True

    def _rename(self, section: Map, scope: str, path: str) -> None:
        rows = self._old_names[scope]
        if rows.keys().isdisjoint(section):
            return
        for old in rows.keys() & section.keys():
            row = rows[old]
            if row.new in section and row.how == "conflict":
                text = f"'{old}' in {path} is the old name of '{row.new}', which is given too and holds"
                self._problems.warning(section.key_place(old), text)
                del section[old]
            elif row.new in section:
                self._problems.error(
                    section.key_place(old),
                    f"'{old}' in {path} is the old name of '{row.new}', which is given too"
                    + (f" at {place}" if (place := section.key_place(row.new)) else ""),
                )
                del section[old]
            else:
                section.rename(old, row.new, _modernised(section, row))

    def _below(self, value: Map | List, row: Keyword, name: str, path: str, *, effective: bool) -> bool:
        """Continue inside a value. False when something in it makes it useless as a whole."""
        kind = row.kind
        inside = name if path == self._top else f"{path}.{name}"
        if isinstance(kind, MapOf) and isinstance(value, Map):
            self.check(value, kind.scope, inside, effective=effective)
        elif isinstance(kind, ListOfMaps) and isinstance(value, List):
            for index, item in enumerate(value):
                if isinstance(item, Map):
                    self.check(item, kind.scope, f"{inside}[{index}]", effective=effective)
                else:
                    self._problems.error(value.place_of(index), f"{inside}[{index}] must be a map")
        elif isinstance(kind, ListOf) and isinstance(value, List):
            return self._plain_items(value, kind, inside)
        return True

    def _plain_items(self, items: List, kind: ListOf, path: str) -> bool:
        fine = True
        repeated = []
        for index, item in enumerate(items):
            complaint = kind.item.complaint(item)
            if not complaint and item in items[:index]:
                complaint = "exists already"
                repeated.append(index)
            if complaint and repeated[-1:] == [index] and kind.repetitions:
                self._problems.warning(items.place_of(index), f"{path}[{index}] {complaint}: it counts once")
            elif complaint:
                self._problems.error(items.place_of(index), f"{path}[{index}] {complaint}", _item_words(path, item))
                fine = False
        for index in reversed(repeated) if kind.repetitions else ():
            items.drop(index)
        return fine

    def _note(self, section: Map, row: Keyword, scope: str) -> bool:
        """Remember a keyword without effect; False, so that nothing below it is noted again."""
        value = section[row.name]
        if value == row.default or (isinstance(value, (Map, List)) and not _says_something(value, row)):
            return False
        self.no_effect[row.name if scope in _PLACES else f"{scope}.{row.name}"] = None
        return False

    def _unknown(self, section: Map, name: str, scope: str, path: str) -> None:
        close = get_close_matches(name, [*self._scopes[scope], *self._old_names[scope]], 1)
        hint = f": {GONE[name]}" if name in GONE else f", did you mean '{close[0]}'?" if close else ""
        text = f"unknown keyword '{name}' in {path}{hint}"
        self._problems.error(section.key_place(name), text, keawords.unknown(name, path, section.place is not None))

    def _require(self, section: Map, scope: str, path: str, reported: list[str]) -> None:
        if not self._complete:
            return
        for name in self._required[scope]:
            if name not in section and name not in reported:
                self._problems.error(section.place, f"'{name}' is missing in {path}", keawords.missing(name, scope))


def _item_words(path: str, item: object) -> str:
    """Return Kea's text for an invalid entry of a list of plain values."""
    if path.endswith("interfaces-config.interfaces"):
        return f"Failed to select interface: interface '{item}' has already been specified"
    return f"address {item} is not a valid: IPv4address" if path.endswith("relay.ip-addresses") else ""


def _modernised(section: Map, row: Renamed) -> object:
    """Return the value of an old keyword in the form of the new one."""
    value = section[row.old]
    if row.old == "client-class" and value == "":
        return List()  # no class is no guard
    if row.how == "listed":
        return section.as_list(row.old)
    if row.how == "conflict" and isinstance(value, bool):
        return _CONFLICT_MODES[value]
    return value


def _says_something(value: Map | List, row: Keyword) -> bool:
    """Return True if a map or list differs from the default."""
    if isinstance(value, Map) and False in (value.get("enable-updates"), value.get("enable-queue")):
        return False
    if isinstance(value, Map) and isinstance(row.kind, MapOf):
        table = SCOPES[row.kind.scope]
        return any(name not in table or item != table[name].default for name, item in value.items())
    return len(value) > 0
