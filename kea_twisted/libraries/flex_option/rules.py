"""The rules in the parameter ``options``: read, checked, compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kea_twisted.config.model import Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.expr import Subject
from kea_twisted.hooks.library import TYPE_NAMES, is_of
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.constants import OPT_END, OPT_PAD, OPT_VIVSO_SUBOPTIONS
from kea_twisted.wire.optiondefs import DHCP4_SPACE, Definitions, OptionDefinition, vendor_number
from kea_twisted.wire.optiontypes import pack_text

ADD: Final = "add"
SUPERSEDE: Final = "supersede"
REMOVE: Final = "remove"
ACTIONS: Final = (ADD, SUPERSEDE, REMOVE)
_COMMON: Final[Mapping[str, type]] = {
    "code": int,
    "name": str,
    "space": str,
    "csv-format": bool,
    **dict.fromkeys(ACTIONS, str),
    "client-class": str,
    "comment": str,
}
_OPTION_KEYS: Final[Mapping[str, type]] = {**_COMMON, "sub-options": list}
_SUB_OPTION_KEYS: Final[Mapping[str, type]] = {**_COMMON, "container-add": bool, "container-remove": bool}


class Rule(NamedTuple):
    """The change of an option, or of a sub-option, with this code.

    ``definition`` turns the text of the value into the payload; None: the value is the payload.
    """

    code: int
    action: str
    evaluate: Callable[[Subject], Any]
    definition: OptionDefinition | None
    client_class: str

    def payload(self, value: bytes) -> bytes:
        """Return the payload for a value. Raises ValueError if it is none of the option's type."""
        return value if self.definition is None else pack_text(self.definition, value.decode("latin-1"))


class SubRule(NamedTuple):
    """The rule of a sub-option, and the option around it.

    ``vendor``: the sub-options of this enterprise in option 125; 0: any option. ``changes_container``: an option that
    is missing is added, one that has become empty is removed.
    """

    container: int
    container_definition: OptionDefinition | None
    container_class: str
    rule: Rule
    vendor: int
    changes_container: bool


class Reader:
    """Reads the rules of ``options``; ``problems`` collects what is wrong with them."""

    def __init__(self, settings: Settings, problems: Problems) -> None:
        self.rules: list[Rule] = []
        self.sub_rules: list[SubRule] = []
        self._definitions = Definitions(configured_definitions(settings.tree))
        self._problems = problems
        self._seen: set[tuple[int, int]] = set()

    def read(self, entries: list[Json]) -> None:
        """Read all entries; one with a fault is left out."""
        for index, entry in enumerate(entries):
            with self._problems.catching(place_of(entries, index)):
                self._option(_map(entry, "option", _OPTION_KEYS))

    def _option(self, entry: Mapping[str, Json]) -> None:
        space = _space(entry.get("space", DHCP4_SPACE))
        code, definition = self._defined(entry, space, "option")
        if code in (OPT_PAD, OPT_END) and space == DHCP4_SPACE:
            raise ValueError(f"invalid 'code' value {code}: reserved for {'END' if code else 'PAD'}")
        if "sub-options" not in entry:
            self.rules.append(self._rule(entry, code, definition))
            return
        action = next((each for each in ACTIONS if each in entry), None)
        if action is not None:
            raise ValueError(f"'sub-options' and '{action}' are incompatible in the same entry")
        for inner in entry["sub-options"]:
            self._sub_option(_map(inner, "sub-option", _SUB_OPTION_KEYS), entry, code, definition)

    def _sub_option(
        self,
        entry: Mapping[str, Json],
        outer: Mapping[str, Json],
        container: int,
        outer_definition: OptionDefinition | None,
    ) -> None:
        space = _space(entry["space"]) if "space" in entry else _space_inside(outer_definition)
        code, definition = self._defined(entry, space, "sub-option")
        rule = self._rule(entry, code, definition)
        if (container, code) in self._seen:
            raise ValueError(f"sub-option {code} of option {container} was already specified")
        self._seen.add((container, code))
        vendor = vendor_number(space) if container == OPT_VIVSO_SUBOPTIONS else 0
        changes = entry.get("container-remove" if rule.action == REMOVE else "container-add", True)
        container_class = outer.get("client-class", "")
        self.sub_rules.append(SubRule(container, outer_definition, container_class, rule, vendor, changes))

    def _defined(self, entry: Mapping[str, Json], space: str, kind: str) -> tuple[int, OptionDefinition | None]:
        """Return the code of an entry, and its definition, if there is one."""
        code, name = entry.get("code"), entry.get("name")
        if code is None and name is None:
            raise ValueError("'code' or 'name' must be specified")
        if code is not None and not 0 <= code <= 255:
            raise ValueError(f"invalid 'code' value {code} not in [0..255]")
        if name == "":
            raise ValueError("'name' must not be empty")
        if name is None:
            assert code is not None
            return code, self._definitions.by_code(space, code)
        definition = self._definitions.by_name(space, name)
        if definition is None:
            raise ValueError(f"no known '{name}' {kind} in '{space}' space")
        if code not in (None, definition.code):
            text = f"is defined as code: {definition.code}, not the specified code: {code}"
            raise ValueError(f"{kind} '{name}' {text}")
        return definition.code, definition

    def _rule(self, entry: Mapping[str, Json], code: int, definition: OptionDefinition | None) -> Rule:
        actions = [each for each in ACTIONS if each in entry]
        if not actions:
            raise ValueError(f"no action: one of {', '.join(ACTIONS)} must be there")
        if len(actions) > 1:
            raise ValueError(f"multiple actions: {', '.join(actions)}")
        is_csv = entry.get("csv-format", False)
        if is_csv and definition is None:
            raise ValueError(f"no known option with code '{code}', which csv-format needs")
        evaluate = self._compiled(actions[0], entry[actions[0]])
        return Rule(code, actions[0], evaluate, definition if is_csv else None, entry.get("client-class", ""))

    def _compiled(self, action: str, text: str) -> Callable[[Subject], object]:
        from kea_twisted.expr.compile import compile_template, compile_test  # with its parser, for servers that need it

        if not text:
            raise ValueError(f"'{action}' must not be empty")
        try:
            if action == REMOVE:
                return compile_test(text, self._definitions).evaluate
            return compile_template(text, self._definitions).evaluate
        except ValueError as error:
            raise ValueError(f"can't parse {action} expression [{text}] error: {error}") from None


def _map(entry: object, kind: str, keys: Mapping[str, type]) -> Mapping[str, Json]:
    if not isinstance(entry, Mapping):
        raise ValueError(f"{kind} element is not a map")
    for key, value in entry.items():
        if key not in keys:
            raise ValueError(f"unknown parameter '{key}'; there are: {', '.join(keys)}")
        if not is_of(value, keys[key]):
            raise ValueError(f"'{key}' must be {TYPE_NAMES[keys[key]]}")
    return entry


def _space(name: str) -> str:
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"'{name}' is not a valid space name")
    return name


def _space_inside(container: OptionDefinition | None) -> str:
    if container is None:
        raise ValueError("container is not defined: can't get space")
    if not container.encapsulate:
        raise ValueError("container does not encapsulate a space")
    return container.encapsulate
