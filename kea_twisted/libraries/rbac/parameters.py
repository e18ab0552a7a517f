"""The parameters, checked and made into rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.hooks.library import Parameter
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.rbac.accesslists import NONE, AccessList, Lists, predefined
from kea_twisted.libraries.rbac.definitions import Definition, Definitions, read_definition
from kea_twisted.libraries.rbac.roles import BY_CERTIFICATE, LIST_COMMANDS, METHODS, Role, Rules

METHOD: Final = "assign-role-method"
API_FILES: Final = "api-files"

ROWS: Final = (
    Parameter(METHOD, str, meaning="the part of a request that names its role"),
    Parameter(API_FILES, str, "", "a folder of command descriptions in place of the built-in ones"),
    Parameter("require-tls", bool, None, "requests without TLS are refused"),
    Parameter("commands", list, [], "definitions of further commands"),
    Parameter("access-control-lists", list, [], "named access lists"),
    Parameter("roles", list, [], "the roles"),
    Parameter("default-role", dict, {}, "the role of requests that name none"),
    Parameter("unknown-role", dict, {}, "the role of requests that name one which is not configured"),
)
_ROLE_KEYS: Final = (
    "accept-commands", "reject-commands", "other-commands", "list-match-first", "response-filters", "user-context",
    "comment",
)  # fmt: skip


def rules_of(parameters: Mapping[str, Json], definitions: Definitions, problems: Problems) -> Rules:
    """Return the rules; parameters with faults are reported and left out."""
    method = parameters.get(METHOD, "")
    if METHOD in parameters and method not in METHODS:
        text = f"unknown '{METHOD}' '{method}'; there are {', '.join(METHODS)}"
        if method == "custom-value":
            text = f"'{METHOD}' 'custom-value' is not supported; there are {', '.join(METHODS)}"
        problems.error(place_of(parameters, METHOD), text)
    known = {**definitions, **_commands(parameters, problems)}
    lists = _lists(parameters, known, problems)
    return Rules(
        method,
        parameters.get("require-tls", method in BY_CERTIFICATE),
        _roles(parameters, lists, problems),
        _role_at(parameters, "default-role", lists, problems),
        _role_at(parameters, "unknown-role", lists, problems),
    )


def _commands(parameters: Mapping[str, Json], problems: Problems) -> dict[str, Definition]:
    """Return the definitions of further commands, which replace others."""
    found = {}
    for entry in parameters.get("commands", ()):
        try:
            name, definition = read_definition(entry)
        except ValueError as error:
            problems.error(place_of(parameters, "commands"), str(error))
        else:
            found[name] = definition
    return found


def _lists(parameters: Mapping[str, Json], definitions: Definitions, problems: Problems) -> Lists:
    """Return the named lists; each may refer to those before it."""
    named = predefined(definitions)
    lists = Lists(named, definitions)
    keyword = "access-control-lists"
    for entry in parameters.get(keyword, ()):
        if not isinstance(entry, Mapping) or len(entry) != 1:
            problems.error(place_of(parameters, keyword), f"an entry of '{keyword}' must be a map with a single name")
            continue
        (name,) = entry
        if name in named:
            problems.error(place_of(entry, name), f"access list '{name}' is defined twice")
        named[name] = _list_of(entry, name, lists, problems)
    return lists


def _roles(parameters: Mapping[str, Json], lists: Lists, problems: Problems) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for entry in parameters.get("roles", ()):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not name:
            problems.error(place_of(parameters, "roles"), "an entry of 'roles' must be a map with a 'name'")
            continue
        if name in roles:
            problems.error(place_of(entry, "name"), f"role '{name}' is defined twice")
        roles[name] = _role(entry, ("name", *_ROLE_KEYS), lists, problems)
    return roles


def _role_at(parameters: Mapping[str, Json], keyword: str, lists: Lists, problems: Problems) -> Role:
    entry = parameters.get(keyword, {})
    return _role(entry, _ROLE_KEYS, lists, problems)


def _role(entry: Mapping[str, Json], keys: tuple[str, ...], lists: Lists, problems: Problems) -> Role:
    for key in entry:
        if key not in keys:
            problems.error(place_of(entry, key), f"unknown keyword '{key}' of a role; there are {', '.join(keys)}")
    return Role(
        _list_of(entry, "accept-commands", lists, problems),
        _list_of(entry, "reject-commands", lists, problems),
        _accepts(entry, "other-commands", False, problems),
        _accepts(entry, "list-match-first", True, problems),
        _filters(entry, problems),
        lists.definitions,
    )


def _list_of(entry: Mapping[str, Json], key: str, lists: Lists, problems: Problems) -> AccessList:
    if key not in entry:
        return NONE
    try:
        return lists.read(entry[key])
    except ValueError as error:
        problems.error(place_of(entry, key), f"'{key}': {error}")
        return NONE


def _accepts(entry: Mapping[str, Json], key: str, default: bool, problems: Problems) -> bool:
    value = entry.get(key, "accept" if default else "reject")
    if value not in ("accept", "reject"):
        problems.error(place_of(entry, key), f"'{key}' must be 'accept' or 'reject'")
    return bool(value == "accept")


def _filters(entry: Mapping[str, Json], problems: Problems) -> frozenset[str]:
    names = entry.get("response-filters", [])
    if not isinstance(names, list) or any(name != LIST_COMMANDS for name in names):
        text = f"'response-filters' must be a list of filters; there is '{LIST_COMMANDS}'"
        problems.error(place_of(entry, "response-filters"), text)
        return frozenset()
    return frozenset(names)
