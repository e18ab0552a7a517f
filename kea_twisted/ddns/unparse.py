"""The configuration in force as ``config-get`` shows it, in the form that kea-dhcp-ddns 3.0 gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kea_twisted.config.parse import maps
from kea_twisted.config.subnets import user_context
from kea_twisted.config.text import Map
from kea_twisted.config.unparse import logger
from kea_twisted.ddns.keywords import SCOPES, TOP
from kea_twisted.ddns.settings import DdnsSettings
from kea_twisted.jsonvalue import Json

_PLAIN: Final = ("ip-address", "port", "dns-server-timeout", "ncr-protocol", "ncr-format")


def effective(settings: DdnsSettings) -> dict[str, Json]:
    """``{"DhcpDdns": {…}}`` with defaults written out."""
    top = settings.tree
    assert isinstance(top, Map)
    shown: dict[str, Json] = {name: top.get(name, SCOPES["ddns"][name].default) for name in _PLAIN}
    for direction in ("forward-ddns", "reverse-ddns"):
        found = [section for section, _ in maps(top.get(direction, Map()), "ddns-domains")]
        shown[direction] = {"ddns-domains": [_domain(section) for section in _by_name(found)]}
    keys = [section for section, _ in maps(top, "tsig-keys")]
    shown["tsig-keys"] = [_with_context({**section, "digest-bits": section.get("digest-bits", 0)}, section)
                          for section in _by_name(keys)]  # fmt: skip
    shown["hooks-libraries"] = []
    if top.get("control-sockets"):
        shown["control-sockets"] = [_with_context(dict(each), each) for each, _ in maps(top, "control-sockets")]
    if top.get("loggers"):
        shown["loggers"] = [logger(section) for section, _ in maps(top, "loggers")]
    return {TOP: dict(sorted(_with_context(shown, top).items()))}


def _domain(section: Map) -> dict[str, object]:
    shown: dict[str, object] = {"name": section["name"]}
    shown["dns-servers"] = [_server(each) for each, _ in maps(section, "dns-servers")]
    if section.get("key-name"):
        shown["key-name"] = section["key-name"]
    return _with_context(shown, section)


def _server(section: Map) -> dict[str, Json]:
    shown = {"hostname": "", "ip-address": section["ip-address"], "port": section.get("port", 53)}
    if section.get("key-name"):
        shown["key-name"] = section["key-name"]
    return _with_context(shown, section)


def _with_context(shown: dict[str, object], section: Map) -> dict[str, object]:
    """Put the comment into the user-context, as Kea does."""
    shown.pop("comment", None)
    shown.pop("user-context", None)
    if context := user_context(section):
        shown["user-context"] = context
    return shown


def _by_name(sections: Iterable[Map]) -> list[Map]:
    return sorted(sections, key=lambda section: section["name"])
