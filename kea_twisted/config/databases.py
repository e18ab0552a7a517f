"""The access parameters of an SQL database: ``lease-database`` of a type other than memfile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kea_twisted.config.text import Map
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json


@dataclass(frozen=True)
class Database:
    """The place of an SQL database and the ways to reach it. Times are seconds unless a name says otherwise.

    ``max_reconnect_tries`` 0: a lost connection ends the server. ``ssl_mode`` "": the driver's own default.
    """

    name: str
    host: str = "localhost"
    port: int = 0  # the default of the database
    user: str = ""
    password: str = ""
    password_file: str = ""
    connect_timeout: int = 5
    read_timeout: int = 0  # as connect_timeout
    write_timeout: int = 0  # without limit
    tcp_user_timeout: int = 0
    max_reconnect_tries: int = 0
    reconnect_wait_time: int = 0  # milliseconds
    on_fail: str = "stop-retry-exit"
    retry_on_startup: bool = False
    readonly: bool = False
    trust_anchor: str = ""
    cert_file: str = ""
    key_file: str = ""
    ssl_mode: str = ""
    cipher_list: str = ""

    @property
    def stops_service(self) -> bool:
        """True if clients get no answers while the connection is lost."""
        return self.on_fail == "stop-retry-exit"

    @property
    def answer_timeout(self) -> int:
        """Seconds after which a connection is lost whose database does not answer what clients wait for."""
        return self.read_timeout or self.connect_timeout

    @property
    def exits(self) -> bool:
        """True if the process ends when the last attempt has failed."""
        return self.on_fail != "serve-retry-continue"


def database_of(section: Mapping[str, Json]) -> Database:
    """Return the parameters of a ``lease-database`` map, or one of ``hosts-databases``, that has been checked."""
    known = {name.replace("_", "-"): name for name in Database.__dataclass_fields__}
    return Database(**{known[key]: value for key, value in section.items() if key in known})


_WITHOUT_EFFECT: Final = {"mysql": ("ssl-mode",), "postgresql": ("cipher-list", "write-timeout")}
"""By the type of a database: keywords that only the other one's driver has a use for, as in Kea."""


def check_database(section: Map, problems: Problems, what: str = "lease") -> None:
    """Report settings with which no connection is possible."""
    if not section.get("name"):
        text = f"a {section['type']} {what} database needs a 'name': that of the database in it"
        problems.error(section.place_of("name") if "name" in section else section.place, text)
    if "password" in section and "password-file" in section:
        place = section.place_of("password-file")
        problems.error(place, "'password' and 'password-file' exclude each other: leave one of them out")
    if section.get("connect-timeout") == 0:
        problems.error(section.place_of("connect-timeout"), "connect-timeout must be at least one second")


def without_effect(names: Iterable[str], top: Map) -> tuple[str, ...]:
    """Return those of the keywords without effect that have none for the databases of this configuration either."""
    kinds = {"lease-database": {top.get("lease-database", {}).get("type", "memfile")} - {"memfile"}}
    kinds["database"] = {each.get("type") for each in top.get("hosts-databases", ())}

    def has_effect(name: str) -> bool:
        scope, _, keyword = name.partition(".")
        used = [kind for kind in kinds.get(scope, ()) if keyword not in _WITHOUT_EFFECT.get(kind, ())]
        return bool(used) and name != "lease-database.readonly"

    return tuple([name for name in names if not has_effect(name)])
