"""The parameters that Kea's hook libraries have: what is configured beside them has no effect, and is reported.

Kea takes unknown parameters of its libraries without a word; a misspelt one would never be noticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.config.text import key_place
from kea_twisted.errors import Problems
from kea_twisted.libraries import flex_id, lease_cmds

ANYWHERE: Final = ("user-context", "comment")
PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "libdhcp_ha": ("high-availability",),
    lease_cmds.LIBRARY: (lease_cmds.VARIABLES,),
    flex_id.LIBRARY: flex_id.PARAMETERS,
    "libdhcp_host_cmds": (),
    "libdhcp_subnet_cmds": (),
    "libdhcp_class_cmds": (),
    "libdhcp_stat_cmds": (),
}
"""Libraries by their base names. Those written in Python check their parameters themselves."""


def check(settings: Settings, problems: Problems) -> None:
    """Warn about every parameter that a library does not have."""
    for library in settings.hooks_libraries:
        known = PARAMETERS.get(library.base_name)
        if known is not None:
            _check(library, known, problems)


def _check(library: HookLibrary, known: tuple[str, ...], problems: Problems) -> None:
    for name in library.parameters:
        if name not in known and name not in ANYWHERE:
            close = get_close_matches(name, known, 1)
            have = f"it has {', '.join(known)}" if known else "it has no parameters"
            hint = f"did you mean '{close[0]}'?" if close else have
            text = f"'{name}' is no parameter of {library.base_name} and has no effect: {hint}"
            problems.warning(key_place(library.parameters, name), text)
