"""``client-classes``: from maps to classes with compiled tests, with the rules of ``kea-dhcp4 -t`` 3.0.

A test may refer to classes that are defined before its own and to built-in ones. Whether it has to wait for
the reservations (KNOWN, UNKNOWN) goes over to the classes that refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kea_twisted.config import keawords
from kea_twisted.config.model import ClientClass, Triplet
from kea_twisted.config.optiondata import ConfiguredOption
from kea_twisted.config.options import encode_options, parse_definitions
from kea_twisted.config.rules import Found
from kea_twisted.config.text import List, Map, place_of
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import OPT_VENDOR_ENCAPSULATED
from kea_twisted.wire.optiondefs import DHCP4_SPACE, Definitions, OptionDefinition

BUILT_IN: Final = frozenset({"ALL", "KNOWN", "UNKNOWN", "BOOTP"})
"""Set by the server; defined only to give them options."""
SPECIAL: Final = frozenset({"DROP", "REJECT", "SKIP_DDNS", "STASH_AGENT_OPTIONS"})
"""Being in such a class means something to the server."""
PREFIXES: Final = ("VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_", "SPAWN_")
"""Classes of these names come into being without a definition."""
_DEFINABLE: Final = frozenset({OPT_VENDOR_ENCAPSULATED, *range(224, 255)})


def build_classes(found: Iterable[Found], definitions: Definitions, problems: Problems) -> tuple[ClientClass, ...]:
    """Return the classes in the order of the file; what is wrong with one leaves out that part of it."""
    builder = _Builder(definitions, problems)
    for section, path in found:
        builder.add(section, path)
    return tuple(builder.classes)


class _Builder:
    def __init__(self, definitions: Definitions, problems: Problems) -> None:
        self.classes: list[ClientClass] = []
        self._definitions = definitions
        self._problems = problems
        self._known: dict[str, bool] = {}

    def add(self, section: Map, path: str) -> None:
        name = section.get("name", "")
        additional = section.get("only-in-additional-list", False)
        self._check(section, path, name, additional)
        test, template, depends, members = None, None, False, frozenset[str]()
        if "test" in section:
            compiled = self._compiled(section, "test", path)
            if compiled is not None:
                test, depends, members = compiled.evaluate, compiled.depends_on_known, compiled.members
        elif "template-test" in section:
            compiled = self._compiled(section, "template-test", path)
            if compiled is not None:
                template, depends, members = compiled.evaluate, compiled.depends_on_known, compiled.members
        self._known.setdefault(name, depends)
        own = self._own_definitions(section, path)
        self.classes.append(
            ClientClass(
                name=name,
                test=test,
                template=template,
                depends_on_known=depends,
                only_in_additional_list=additional,
                options=self._options(section, own),
                valid_lifetime=_lifetime(section, path, self._problems),
                offer_lifetime=section.get("offer-lifetime"),
                next_server=address_number(section.get("next-server") or "0.0.0.0"),
                server_hostname=section.get("server-hostname", ""),
                boot_file_name=section.get("boot-file-name", ""),
                members=members,
                definitions=own,
            )
        )

    def _check(self, section: Map, path: str, name: str, additional: bool) -> None:
        error = self._problems.error
        if "test" in section and "template-test" in section:
            kea = "can not use both 'test' and 'template-test'"
            error(section.place_of("template-test"), f"{path} has both 'test' and 'template-test'", kea)
        if name in BUILT_IN:
            for key in ("test", "template-test"):
                if key in section:
                    kea = f"built-in class '{name}' {key} expression must be empty"
                    error(section.place_of(key), f"'{key}' in {path}: '{name}' is set by the server itself", kea)
        if additional and (name in BUILT_IN or name == "DROP"):
            error(
                section.place_of("only-in-additional-list"),
                f"'{name}' in {path} cannot be only-in-additional-list",
            )

    def _compiled(self, section: Map, key: str, path: str) -> Json:
        from kea_twisted.expr.compile import compile_template, compile_test  # with its parser, for who uses it

        compiler = compile_test if key == "test" else compile_template
        try:
            return compiler(section[key], self._definitions, self._known)
        except ValueError as error:
            kea = keawords.expression(section[key], str(error))
            self._problems.error(section.place_of(key), f"'{key}' in {path}: {error}", kea)
            return None

    def _own_definitions(self, section: Map, path: str) -> tuple[OptionDefinition, ...]:
        rows = section.get("option-def", ())
        for index, row in enumerate(rows):
            if isinstance(row, Map) and (
                row.get("space", DHCP4_SPACE) != DHCP4_SPACE or row.get("code") not in _DEFINABLE
            ):
                self._problems.error(
                    place_of(rows, index),
                    f"{path}.option-def[{index}]: a class may define option 43 and 224 to 254 only",
                )
        return parse_definitions([row for row in rows if isinstance(row, Map)], self._problems).user

    def _options(self, section: Map, own: tuple[OptionDefinition, ...]) -> tuple[ConfiguredOption, ...]:
        definitions = Definitions((*self._definitions.user, *own)) if own else self._definitions
        return encode_options(section, definitions, self._problems)


def _lifetime(section: Map, path: str, problems: Problems) -> Triplet | None:
    """Return the lifetime of a class; a bound alone is the lifetime (Kea: ``parseIntTriplet``)."""
    low, value, high = (section.get(f"{which}valid-lifetime") for which in ("min-", "", "max-"))
    if value is None:
        if low is not None and high is not None:
            problems.error(
                section.place_of("min-valid-lifetime"),
                f"{path} has min-valid-lifetime and max-valid-lifetime, but no valid-lifetime",
            )
            return None
        value = low if low is not None else high
        return None if value is None else Triplet(value, value, value)
    low, high = value if low is None else low, value if high is None else high
    if low > value:
        problems.error(
            section.place_of("min-valid-lifetime"),
            f"min-valid-lifetime {low} is above valid-lifetime {value} in {path}",
            keawords.bounds(low, value, value),
        )
    if high < value:
        problems.error(
            section.place_of("max-valid-lifetime"),
            f"max-valid-lifetime {high} is below valid-lifetime {value} in {path}",
            keawords.bounds(value, value, high),
        )
    return Triplet(low, value, high)


def check_names(top: Map, classes: Sequence[ClientClass], problems: Problems) -> None:
    """Report each guard or list that names a class which no client can match."""
    known = {row.name for row in classes} | BUILT_IN | SPECIAL
    used: list[tuple[List, str]] = []
    _collect(top, "", known, used)
    reported = set()
    for names, path in used:
        for index, name in enumerate(names):
            if name not in known and name not in reported and not str(name).startswith(PREFIXES):
                reported.add(name)
                problems.warning(
                    names.place_of(index),
                    f"class '{name}' in {path} is not defined: no client will match it,"
                    " unless a reservation or a hook library assigns it",
                )


def _collect(section: Map, path: str, known: set[str], used: list[tuple[List, str]]) -> None:
    for key in ("client-classes", "evaluate-additional-classes"):
        names = section.get(key)
        if path and isinstance(names, List):
            used.append((names, f"{path}{key}"))
    for key in ("shared-networks", "subnet4", "pools", "option-data"):
        for index, item in enumerate(section.get(key, ())):
            if isinstance(item, Map):
                _collect(item, f"{path}{key}[{index}].", known, used)
    for item in section.get("reservations", ()):
        if isinstance(item, Map):
            known.update(item.get("client-classes", ()))
