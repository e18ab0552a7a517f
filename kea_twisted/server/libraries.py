"""The checks of ``hooks-libraries``: names that stand for code, Kea's or Python, and their parameters.

Kea's libraries are in ``libraries.table``. Everything else is Python: see ``adapters.plugins``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from kea_twisted.adapters.plugins import registrar
from kea_twisted.adapters.plugins.code import LibraryCode, is_python
from kea_twisted.config.model import HookLibrary, base_name
from kea_twisted.config.parse import ExtraCheck
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries import lookup
from kea_twisted.libraries.table import LIBRARIES

PARAMETER_CHECKS: Final = (lookup.check,)
"""Checks of the parameters of Kea's libraries, which need the rest of the settings."""


def checker(code: LibraryCode, *, running: bool = False) -> ExtraCheck:
    """Return a check of hook libraries that knows where Python ones are found, and reads them or runs them."""
    look = registrar.check_by_running if running else registrar.check
    return lambda libraries, problems: check(libraries, problems, partial(look, code))


def check(libraries: Iterable[HookLibrary], problems: Problems, look: Callable[[HookLibrary, Problems], None]) -> None:
    """Report libraries that do not exist, that are listed twice, and wrong parameters of those in Python."""
    seen: set[str] = set()
    for library in libraries:
        name = registrar.key_of(library)
        if name in seen:
            problems.error(library.place, f"hooks library '{name}' is listed twice")
        elif is_python(library.library):
            look(library, problems)
        elif name not in LIBRARIES:
            have = ", ".join(sorted(LIBRARIES))
            problems.error(
                library.place,
                f"hooks library '{library.library}' is not available; there are {have}, and what is written "
                "in Python (file.py, mypackage.module)",
            )
        seen.add(name)


def with_defaults(configuration: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return an effective configuration with the parameters of Kea's libraries as ``config-get`` shows them."""
    entries = configuration["Dhcp4"]["hooks-libraries"]
    shown = [_shown(entry) for entry in entries]
    if shown == entries:
        return configuration
    return {"Dhcp4": {**configuration["Dhcp4"], "hooks-libraries": shown}}


def _shown(entry: Mapping[str, Json]) -> Mapping[str, Json]:
    name = base_name(entry["library"])
    if name not in LIBRARIES or "parameters" not in entry:
        return entry
    return {**entry, "parameters": lookup.find(name).shown(entry["parameters"])}
