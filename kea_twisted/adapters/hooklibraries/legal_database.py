"""The parameters of ``libdhcp_legal_log`` for a database, and the table that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kea_twisted.adapters.sql.drivers import from_table
from kea_twisted.adapters.sql.logtable import LogHost, LogTable
from kea_twisted.hooks.library import Parameter

DIALECTS: Final = {
    "mysql": "kea_twisted.adapters.mysql.logs:DIALECT",
    "postgresql": "kea_twisted.adapters.postgresql.logs:DIALECT",
}
"""``type`` -> module:name of a ``LogDialect``, imported when it is configured."""

PARAMETERS: Final = (
    Parameter("name", str, "", "the database"),
    Parameter("host", str, "localhost", "a name, an address, or a Unix socket"),
    Parameter("port", int, 0, "0: that of the product"),
    Parameter("user", str, "", "its user"),
    Parameter("password", str, "", "of the user"),
    Parameter("password-file", str, "", "its first line is the password"),
    Parameter("connect-timeout", int, 5, "seconds"),
    Parameter("read-timeout", int, 0, "seconds for the answer to a group of entries; 0: connect-timeout"),
    Parameter("write-timeout", int, 0, "MySQL: seconds for sending to it; 0: without limit"),
    Parameter("tcp-user-timeout", int, 0, "seconds"),
    Parameter("max-reconnect-tries", int, 0, "attempts after a lost connection"),
    Parameter("reconnect-wait-time", int, 0, "milliseconds between two of them"),
    Parameter("on-fail", str, "serve-retry-continue", "as that of lease-database"),
    Parameter("retry-on-startup", bool, False, "start without the database"),
    Parameter("trust-anchor", str, "", "the certificate of the authority for the server's, a file; MySQL: or a folder"),
    Parameter("cert-file", str, "", "this server's certificate"),
    Parameter("key-file", str, "", "its key"),
    Parameter("ssl-mode", str, "", "as libpq has it"),
    Parameter("cipher-list", str, "", "MySQL: the ciphers of TLS, as OpenSSL has them"),
)
_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "on-fail": ("stop-retry-exit", "serve-retry-exit", "serve-retry-continue"),
    "ssl-mode": ("disable", "prefer", "require", "verify-ca", "verify-full"),
}
_LARGEST: Final = 0xFFFFFFFF


def faults(parameters: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the names of faulty parameters, and what is wrong with them."""
    if not parameters.get("name"):
        yield "name", f"a legal log of type {parameters['type']} needs a 'name': that of the database in it"
    if parameters.get("password") and parameters.get("password-file"):
        yield "password-file", "can't specify both 'password' and 'password-file'"
    for row in PARAMETERS:
        value = parameters.get(row.name)
        if row.type is int and isinstance(value, int):
            least, largest = int(row.name == "connect-timeout"), 65535 if row.name == "port" else _LARGEST
            if not least <= value <= largest:
                yield row.name, f"{row.name} value: {value} is out of range, expected value: {least}..{largest}"
        allowed = _VALUES.get(row.name, ())
        if allowed and isinstance(value, str) and value not in allowed:
            yield row.name, f"{row.name} '{value}' is not one of {', '.join(allowed)}"


def table(host: LogHost, parameters: Mapping[str, object]) -> LogTable[Any]:
    """Return the table, which is not open yet. Raises ValueError if its driver is missing."""
    dialect = from_table(DIALECTS, str(parameters["type"]), "legal logs")
    return LogTable(host, parameters, dialect)
