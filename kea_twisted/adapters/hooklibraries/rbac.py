"""``libdhcp_rbac`` as the library table names it: its rules, with the folder of command descriptions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from kea_twisted.adapters.system.smallfiles import read_small
from kea_twisted.commands.envelope import parse
from kea_twisted.config.model import Settings
from kea_twisted.config.text import place_of
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.lookup import configured
from kea_twisted.libraries.rbac.definitions import Definition, added_definitions, own_definitions, read_definition
from kea_twisted.libraries.rbac.messages import EVENTS, OWN
from kea_twisted.libraries.rbac.parameters import API_FILES, ROWS, rules_of
from kea_twisted.libraries.rbac.roles import Rules

MAX_FILES: Final = 2000


class RoleBasedAccess(KeaLibrary):
    """Commands over HTTP by the role of their sender."""

    parameters = ROWS
    events = EVENTS
    own_events = OWN

    @classmethod
    def check(cls, parameters: Mapping[str, Json], problems: Problems) -> None:
        """Report faults of the parameters and of the descriptions in the folder."""
        before = len(problems.errors)
        super().check(parameters, problems)
        if len(problems.errors) == before:
            cls.rules(parameters, problems)

    @classmethod
    def rules(cls, parameters: Mapping[str, Json], problems: Problems) -> Rules:
        """Return the rules that the parameters make."""
        folder = parameters.get(API_FILES, "")
        try:
            definitions = {**added_definitions(), **read_folder(folder)} if folder else own_definitions()
        except ValueError as error:
            problems.error(place_of(parameters, API_FILES), f"'{API_FILES}': {error}")
            definitions = {}
        return rules_of(parameters, definitions, problems)


def rules_in(settings: Settings) -> Rules | None:
    """Return the rules of a configuration, None without the library. Raises ConfigError."""
    for entry, kind in configured(settings.hooks_libraries):
        if issubclass(kind, RoleBasedAccess):
            problems = Problems()
            rules = kind.rules(entry.parameters, problems)
            if problems.errors:
                raise ConfigError(problems.errors)
            return rules
    return None


def read_folder(path: str) -> dict[str, Definition]:
    """Return the definitions in a folder of Kea's command descriptions, a file for each. Raises ValueError."""
    try:
        names = sorted(name for name in os.listdir(path) if name.endswith(".json") and not name.startswith("_"))
    except OSError as error:
        raise ValueError(f"the folder {path} cannot be read: {error.strerror}") from None
    if len(names) > MAX_FILES:
        raise ValueError(f"the folder {path} has more than {MAX_FILES} files")
    found = {}
    for each in names:
        try:
            name, definition = read_definition(parse(read_small(os.path.join(path, each))))
        except ValueError:
            raise ValueError(f"{each} in {path} is no command description with 'name' and 'access'") from None
        found[name] = definition
    return found
