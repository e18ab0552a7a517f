"""Files with passwords that a configuration names, when it comes by a command.

The first line of such a file goes over the network: to a HA partner whose URL stands beside it. Who may send commands
could have any file sent anywhere that way. So a command may name files beside the configuration file, where operators
keep passwords, and those that the operator's own configuration names already.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from kea_twisted.config.model import Settings
from kea_twisted.config.text import Map
from kea_twisted.errors import Place, Problems

KEYWORDS: Final = frozenset(
    ("user-file", "password-file", "basic-auth-user-file", "basic-auth-password-file", "secret-file")
)


def check_secret_files(settings: Settings, in_force: Settings, folder: str, problems: Problems) -> None:
    """Report files with passwords that are neither below ``folder`` nor named by the settings in force."""
    known = {path for _, path, _ in named(in_force)}
    allowed = os.path.realpath(folder)
    for keyword, path, place in named(settings):
        if path not in known and not path.startswith(os.path.join(allowed, "")):
            text = f"a command may name files in {allowed} only, and those that are in use already: not {path}"
            problems.error(place, f"'{keyword}': {text}")


def named(settings: Settings) -> Iterator[tuple[str, str, Place | None]]:
    """Yield every file with a password that a configuration names: the keyword, the path without links, the place."""
    for keyword in ("control-sockets", "hooks-libraries", "lease-database", "tsig-keys"):
        yield from _below(settings.tree.get(keyword, ()), "")


def _below(value: object, directory: str) -> Iterator[tuple[str, str, Place | None]]:
    """Those in a part of a configuration. Only the ``directory`` of an ``authentication`` counts, as for the reader."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in KEYWORDS and isinstance(inner, str) and "\0" not in inner:
                place = value.place_of(key) if isinstance(value, Map) else None
                yield key, os.path.realpath(os.path.join(directory, inner)), place
            else:
                yield from _below(inner, _directory(inner) if key == "authentication" else directory)
    elif isinstance(value, list):
        for inner in value:
            yield from _below(inner, directory)


def _directory(authentication: object) -> str:
    found = authentication.get("directory") if isinstance(authentication, dict) else None
    return found if isinstance(found, str) else ""
