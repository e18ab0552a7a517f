"""The classes of a query, and their effect on its answer.

Three rounds: before the subnet is chosen; when the reservations are known (KNOWN, UNKNOWN and what depends
on them); when an address was found, the classes its pool, subnet and network ask to be evaluated. Within a
round the order is that of the configuration, and it counts: of an option, a field or a lifetime that several
classes have, the first one's is taken. (Kea: ``Dhcpv4Srv::classifyPacket``, ``evaluateClasses``.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from kea_twisted import events as E
from kea_twisted.config.classes import BUILT_IN, PREFIXES
from kea_twisted.config.model import ClientClass, Pool, Settings, Subnet, Triplet
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.config.options import configured_definitions, merge
from kea_twisted.engine.exchange import Classes, Exchange
from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.expr.late import LATE, understand
from kea_twisted.hooks.chain import HookChain
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import INFINITE
from kea_twisted.wire.constants import OPT_VENDOR_CLASS_IDENTIFIER, TYPE_NAMES
from kea_twisted.wire.optiondefs import Definitions

DROP: Final = "DROP"
BOOTP: Final = "BOOTP"
ENDLESS: Final = Triplet(INFINITE, INFINITE, INFINITE)
"""The lifetime of a client that knows of none (RFC 1534 section 3)."""

NUL: Final = b"\0"
_CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}

Rule = tuple[str, Callable[[Subject], Any], bool]  # name, function, whether it is a template


class Classifier:
    """The classes of one configuration."""

    __slots__ = (
        "_log",
        "_hooks",
        "_early",
        "_late",
        "_by_name",
        "_tested",
        "_option_classes",
        "_global",
        "_speaks",
        "_definitions",
        "_defined",
    )

    def __init__(self, settings: Settings, hooks: HookChain, log: Log) -> None:
        self._log = log
        self._hooks = hooks
        self._by_name: dict[str, ClientClass] = {row.name: row for row in settings.classes}
        rules = [row for row in settings.classes if not row.only_in_additional_list]
        self._early = tuple(rule for row in rules if not row.depends_on_known for rule in _rules(row))
        self._late = tuple(rule for row in rules if row.depends_on_known for rule in _rules(row))
        self._tested = frozenset(rule[0] for rule in self._early)
        self._option_classes = settings.option_classes
        self._global = settings.option_level
        self._definitions = Definitions(configured_definitions(settings.tree))
        # what classes themselves define, by name and code
        self._defined = {
            row.name: {one.code: one for one in row.definitions} for row in settings.classes if row.definitions
        }
        self._speaks = E.DHCPSRV_EVAL_RESULT in log.enabled

    def begin(self, exchange: Exchange) -> None:
        """Evaluate the first round."""
        query = exchange.query
        classes: Classes = {"ALL": None}
        for callback in self._hooks.query_classes:
            for name in callback(query):
                classes[name] = None
        vendor = query.message.options.get(OPT_VENDOR_CLASS_IDENTIFIER)
        if vendor:
            classes[f"VENDOR_CLASS_{_name(vendor.rstrip(NUL))}"] = None
        exchange.classes = classes
        exchange.subject = Subject(query.message, query.interface.name, query.source, query.destination, classes)
        self._evaluate(exchange, self._early)

    def go_on(self, exchange: Exchange) -> None:
        """Evaluate the second round: classes of reservations, KNOWN or UNKNOWN, and those that depend on these."""
        self.add_reserved(exchange)
        classes, log = exchange.classes, self._log
        assert classes is not None and exchange.subject is not None
        exchange.subject.late = True
        self._understand(exchange.subject, classes)
        known = "KNOWN" if exchange.hosts else "UNKNOWN"
        classes[known] = None
        if E.DHCP4_CLASS_ASSIGNED in log.enabled:
            log.emit(E.DHCP4_CLASS_ASSIGNED, exchange.label, known)
        self._evaluate(exchange, self._late)
        if E.DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION in log.enabled:
            log.emit(E.DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION, exchange.label, ", ".join(classes))
        if BOOTP in classes:
            exchange.lifetime = ENDLESS
            return
        for name in classes:
            row = self._by_name.get(name)
            if row is not None and row.valid_lifetime is not None:
                exchange.lifetime = row.valid_lifetime
                break

    def _understand(self, subject: Subject, classes: Classes) -> None:
        """Decode the options that have waited for the classes."""
        options = subject.message.options
        if LATE.isdisjoint(options):
            return
        own = [self._defined[name] for name in classes if name in self._defined] if self._defined else ()
        subject.options, subject.defined = understand(options, own, self._definitions)

    def add_reserved(self, exchange: Exchange) -> None:
        """Put the query into the classes of its reservation; classes of the first round may depend on them."""
        host, classes = exchange.host, exchange.classes
        if host is None or not host.client_classes or classes is None:
            return
        if all(name in classes for name in host.client_classes):
            return  # it happened before the subnet was chosen
        for name in self._tested.intersection(classes):
            del classes[name]
        for name in host.client_classes:
            classes[name] = None
        self._evaluate(exchange, self._early)

    def finish(self, exchange: Exchange, subnet: Subnet | None, pool: Pool | None) -> None:
        """Evaluate the third round, for the place where the client is."""
        classes, log = exchange.classes, self._log
        if classes is None:
            return
        if pool is not None and pool.additional_classes:
            self._add_listed(exchange, pool.additional_classes)
        if subnet is not None and subnet.additional_classes:
            self._add_listed(exchange, subnet.additional_classes)
        if E.DHCP4_CLASS_UNCONFIGURED in log.enabled:
            for name in classes:
                if name not in self._by_name and name not in BUILT_IN and not name.startswith(PREFIXES):
                    log.emit(E.DHCP4_CLASS_UNCONFIGURED, exchange.label, name)
        if E.DHCP4_CLASSES_ASSIGNED in log.enabled:
            names = ", ".join(classes)
            log.emit(E.DHCP4_CLASSES_ASSIGNED, exchange.label, TYPE_NAMES[exchange.type], names)

    def fields(self, exchange: Exchange) -> tuple[int, str, str]:
        """Return siaddr, sname and file as the classes set them; 0 and "": no class does."""
        server, sname, file = 0, "", ""
        for name in exchange.classes or ():
            row = self._by_name.get(name)
            if row is not None:
                server = server or row.next_server
                sname = sname or row.server_hostname
                file = file or row.boot_file_name
        return server, sname, file

    def key(self, exchange: Exchange) -> tuple[str, ...]:
        """Return the classes of a query that matter for its options."""
        matter = self._option_classes
        if not matter or exchange.classes is None:
            return ()
        return tuple([name for name in exchange.classes if name in matter])

    def options(self, options: OptionSet, key: tuple[str, ...], reserved: OptionSet | None = None) -> OptionSet:
        """Return all options for members of the classes of a key: those of the classes before the global ones."""
        own = reserved.levels if reserved is not None else ()
        sending = [row.options for name in key if (row := self._by_name.get(name)) is not None]
        return merge((*own, *options.levels, *sending, self._global), frozenset(key))

    def _evaluate(self, exchange: Exchange, rules: Iterable[Rule]) -> None:
        classes, subject = exchange.classes, exchange.subject
        assert classes is not None and subject is not None
        for name, function, is_template in rules:
            try:
                result = function(subject)
            except EvaluationError as error:
                self._failed(exchange, name, is_template, error)
                continue
            if self._speaks:
                self._say(exchange, name, is_template, result)
            if result:
                if is_template:
                    classes[f"SPAWN_{name}_{_name(result)}"] = None
                classes[name] = None

    def _add_listed(self, exchange: Exchange, names: Iterable[str]) -> None:
        classes, subject, log = exchange.classes, exchange.subject, self._log
        assert classes is not None and subject is not None
        for name in names:
            row = self._by_name.get(name)
            if row is None:
                if E.DHCP4_ADDITIONAL_CLASS_UNDEFINED in log.enabled:
                    log.emit(E.DHCP4_ADDITIONAL_CLASS_UNDEFINED, name)
                continue
            if row.test is None and row.template is None:
                if E.DHCP4_ADDITIONAL_CLASS_NO_TEST in log.enabled:
                    log.emit(E.DHCP4_ADDITIONAL_CLASS_NO_TEST, name)
                classes[name] = None
                continue
            try:
                result = _truth(row, subject)
            except EvaluationError as error:
                if E.DHCP4_ADDITIONAL_CLASS_EVAL_ERROR in log.enabled:
                    log.emit(E.DHCP4_ADDITIONAL_CLASS_EVAL_ERROR, exchange.label, name, error)
                continue
            if E.DHCP4_ADDITIONAL_CLASS_EVAL_RESULT in log.enabled:
                log.emit(E.DHCP4_ADDITIONAL_CLASS_EVAL_RESULT, exchange.label, name, str(result).lower())
            if result:
                classes[name] = None

    def _failed(self, exchange: Exchange, name: str, is_template: bool, error: EvaluationError) -> None:
        event = E.DHCPSRV_TEMPLATE_EVAL_ERROR if is_template else E.DHCPSRV_EVAL_ERROR
        if event in self._log.enabled:
            self._log.emit(event, exchange.label, name, error)

    def _say(self, exchange: Exchange, name: str, is_template: bool, result: bool | bytes) -> None:
        if is_template:
            self._log.emit(E.DHCPSRV_TEMPLATE_EVAL_RESULT, exchange.label, name, _name(cast(bytes, result)))
        else:
            self._log.emit(E.DHCPSRV_EVAL_RESULT, exchange.label, name, str(result).lower())


def make_classifier(settings: Settings, hooks: HookChain, log: Log) -> Classifier | None:
    """Return the classifier of a configuration; None if neither a class nor the log needs it."""
    if settings.uses_classes or E.DHCP4_CLASSES_ASSIGNED in log.enabled:
        return Classifier(settings, hooks, log)
    return None


def _name(data: bytes) -> str:
    """Bytes of a client as part of the name of a class, which goes to the log."""
    name = data.decode("utf-8", "backslashreplace")
    return name if name.isprintable() else name.translate(_CONTROL)


def _rules(row: ClientClass) -> list[Rule]:
    if row.test is not None:
        return [(row.name, row.test, False)]
    return [(row.name, row.template, True)] if row.template is not None else []


def _truth(row: ClientClass, subject: Subject) -> bool:
    """An additional class is evaluated as a test, even when it is a template."""
    if row.test is not None:
        return row.test(subject)
    assert row.template is not None
    text = row.template(subject)
    if text not in (b"true", b"false"):
        raise EvaluationError(f'Incorrect boolean. Expected exactly "false" or "true", got "{_name(text)}"')
    return text == b"true"
