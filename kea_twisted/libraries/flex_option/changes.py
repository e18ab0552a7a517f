"""The options of one reply while the rules change them."""

from __future__ import annotations

from kea_twisted.engine.effects import Query
from kea_twisted.events.event import Event
from kea_twisted.expr import Subject
from kea_twisted.interfaces import Log
from kea_twisted.libraries.flex_option import messages as M
from kea_twisted.libraries.flex_option.rules import ADD, REMOVE, SUPERSEDE, Rule, SubRule
from kea_twisted.wire.constants import OPT_VIVSO_SUBOPTIONS
from kea_twisted.wire.message import Message
from kea_twisted.wire.optiondefs import OptionDefinition
from kea_twisted.wire.options import pack_suboptions, unpack_suboptions
from kea_twisted.wire.optiontypes import surplus_bytes
from kea_twisted.wire.vendors import enterprises


class _Container:
    """An option with sub-options: its own data, or the number of the enterprise, before them, and others behind."""

    def __init__(self, before: bytes, inside: dict[int, bytes], vendor: int = 0, behind: bytes = b"") -> None:
        self.inside = inside
        self.vendor = vendor
        self.before = before
        self._behind = behind

    @classmethod
    def of(cls, data: bytes, definition: OptionDefinition | None, is_vendor: bool) -> _Container:
        """Take the payload of an option apart."""
        if is_vendor and (parts := enterprises(data)):
            number, inside = parts[0]
            return cls(b"", unpack_suboptions(inside), number, data[5 + len(inside) :])
        if definition is None or not definition.encapsulate:
            return cls(data, {})
        surplus = surplus_bytes(definition._replace(encapsulate=""), data)
        return cls(data[: len(data) - surplus], unpack_suboptions(data[len(data) - surplus :]))

    def packed(self) -> bytes:
        """Return the payload."""
        inside = pack_suboptions(dict(sorted(self.inside.items())))
        if not self.vendor:
            return self.before + inside
        if len(inside) > 255:
            raise ValueError(f"the sub-options of vendor {self.vendor} are longer than 255 bytes")
        return self.vendor.to_bytes(4, "big") + bytes((len(inside),)) + inside + self._behind


class Changes:
    """The options of one reply while the rules change them."""

    def __init__(self, query: Query, response: Message, log: Log) -> None:
        self._query = query
        self._subject = Subject(
            query.message, query.interface.name, query.source, query.destination, query.classes, True
        )
        self._log = log
        self._options = dict(response.options)
        self._containers: dict[int, _Container] = {}
        self._plain: set[int] = set()  # options that a rule has made: they have no sub-options

    def apply(self, rule: Rule) -> None:
        """Apply a rule about an option."""
        code, options = rule.code, self._options
        if rule.client_class and rule.client_class not in self._query.classes:
            self._say(M.SKIPPED, code, rule.client_class)
        elif rule.action == REMOVE:
            if code in options and rule.evaluate(self._subject):
                del options[code]
                self._say(M.REMOVED, code)
        elif rule.action == SUPERSEDE or code not in options:
            value = rule.evaluate(self._subject)
            if value:
                options[code] = rule.payload(value)
                self._plain.add(code)
                self._say(M.SUPERSEDED if rule.action == SUPERSEDE else M.ADDED, code, _shown(value))

    def apply_inside(self, sub_rule: SubRule) -> None:
        """Apply a rule about a sub-option."""
        container, rule = sub_rule.container, sub_rule.rule
        if sub_rule.container_class and sub_rule.container_class not in self._query.classes:
            self._say(M.SKIPPED, container, sub_rule.container_class)
        elif rule.client_class and rule.client_class not in self._query.classes:
            self._say(M.SUB_SKIPPED, rule.code, container, rule.client_class)
        elif rule.action == REMOVE:
            self._remove_inside(sub_rule)
        else:
            self._put_inside(sub_rule)

    def finished(self) -> dict[int, bytes]:
        """Return the options by code."""
        for code, container in self._containers.items():
            self._options[code] = container.packed()
        return dict(sorted(self._options.items()))

    def _put_inside(self, sub_rule: SubRule) -> None:
        rule, found = sub_rule.rule, self._container(sub_rule)
        if found is None and not sub_rule.changes_container:
            return
        value = rule.evaluate(self._subject)
        if not value or (found is not None and self._is_of_other_vendor(sub_rule, found)):
            return
        if rule.action == ADD and found is not None and rule.code in found.inside:
            return
        payload = rule.payload(value)
        if found is None:
            found = self._containers[sub_rule.container] = _Container(b"", {}, sub_rule.vendor)
            self._say(M.ADDED, sub_rule.container, sub_rule.vendor or "''")
        found.inside[rule.code] = payload
        event = M.SUB_SUPERSEDED if rule.action == SUPERSEDE else M.SUB_ADDED
        self._say(event, rule.code, sub_rule.container, _shown(value))

    def _remove_inside(self, sub_rule: SubRule) -> None:
        rule, found = sub_rule.rule, self._container(sub_rule)
        if found is None or rule.code not in found.inside or not rule.evaluate(self._subject):
            return
        if self._is_of_other_vendor(sub_rule, found):
            return
        del found.inside[rule.code]
        self._say(M.SUB_REMOVED, rule.code, sub_rule.container)
        if sub_rule.changes_container and not found.inside:
            del self._containers[sub_rule.container], self._options[sub_rule.container]
            self._say(M.REMOVED, sub_rule.container)

    def _container(self, sub_rule: SubRule) -> _Container | None:
        code = sub_rule.container
        if code not in self._containers and code in self._options:
            definition = None if code in self._plain else sub_rule.container_definition
            is_vendor = code == OPT_VIVSO_SUBOPTIONS and code not in self._plain
            self._containers[code] = _Container.of(self._options[code], definition, is_vendor)
        return self._containers.get(code)

    def _is_of_other_vendor(self, sub_rule: SubRule, found: _Container) -> bool:
        is_other = bool(sub_rule.vendor and found.vendor and sub_rule.vendor != found.vendor)
        if is_other:
            self._say(M.OTHER_VENDOR, sub_rule.container, found.vendor, sub_rule.vendor)
        return is_other

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _shown(value: bytes) -> str:
    text = value.decode("latin-1")
    return f"'{text}'" if text.isascii() and text.isprintable() else f"0x{value.hex()}"
