"""Places that keywords had in old versions of Kea: they are moved to where they belong today, with a warning.

Kea 3.0 refuses them; many files that have grown over years still have them.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.config.text import List, Map
from kea_twisted.errors import Problems

FROM_DDNS: Final = {
    "qualifying-suffix": "ddns-qualifying-suffix",
    "override-no-update": "ddns-override-no-update",
    "override-client-update": "ddns-override-client-update",
    "replace-client-name": "ddns-replace-client-name",
    "generated-prefix": "ddns-generated-prefix",
    "hostname-char-set": "hostname-char-set",
    "hostname-char-replacement": "hostname-char-replacement",
}
"""Keywords of ``dhcp-ddns`` up to Kea 1.6, and what they are called in ``Dhcp4``."""


def modernize(document: Map, problems: Problems) -> None:
    """Move keywords from former places to today's, the only ones that the rest of the parser knows."""
    top = document.get("Dhcp4")
    if isinstance(top, Map):
        _move_loggers(document, top, problems)
        _move_names(top, problems)
        _name_loggers(top, problems)


def _move_loggers(document: Map, top: Map, problems: Problems) -> None:
    """``Logging`` beside ``Dhcp4`` (up to Kea 1.5) becomes ``loggers`` inside."""
    old = document.get("Logging")
    if not isinstance(old, Map) or not old.keys() <= {"loggers"}:
        return
    place = document.key_place("Logging")
    if "loggers" in top:
        problems.warning(place, "'Logging' beside 'Dhcp4' is ignored: 'Dhcp4' has 'loggers', which hold; remove it")
    else:
        problems.warning(place, "'Logging' beside 'Dhcp4' is the old place of 'loggers': write 'loggers' in 'Dhcp4'")
        if "loggers" in old:
            top.adopt(old, "loggers", "loggers")
    del document["Logging"]


def _move_names(top: Map, problems: Problems) -> None:
    section = top.get("dhcp-ddns")
    if not isinstance(section, Map):
        return
    for old in FROM_DDNS.keys() & section.keys():
        new = FROM_DDNS[old]
        place = section.key_place(old)
        if new in top:
            problems.warning(place, f"'{old}' in dhcp-ddns is ignored: 'Dhcp4' has '{new}', which holds; remove it")
            del section[old]
        else:
            problems.warning(place, f"'{old}' in dhcp-ddns is an old name: write '{new}' in 'Dhcp4'")
            top.adopt(section, old, new)


def _name_loggers(top: Map, problems: Problems) -> None:
    """A logger without a name is taken for the root."""
    loggers = top.get("loggers")
    for logger in loggers if isinstance(loggers, List) else ():
        if isinstance(logger, Map) and logger.get("name", "") == "":
            problems.warning(logger.place, "a logger without 'name' is taken for 'kea-dhcp4': write its name")
            logger["name"] = "kea-dhcp4"
