"""The legal log in MySQL or MariaDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from twisted.internet.defer import Deferred

from kea_twisted.adapters.mysql.connection import Connection
from kea_twisted.adapters.mysql.link import major_version
from kea_twisted.adapters.mysql.session import PRODUCT, Access, Session, access_of, changed, run
from kea_twisted.adapters.mysql.statements import text
from kea_twisted.adapters.sql.logtable import LogDialect, Row, plain
from kea_twisted.adapters.sql.onelink import OneLink
from kea_twisted.adapters.sql.reconnection import Messages
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.libraries.legal_log import messages as M

WORDS: Final = Messages("the legal log database", 31, "MySqlLegalStore", *M.MYSQL[1:])

_MADE: Final = "FROM_UNIXTIME(FLOOR(UNIX_TIMESTAMP(NOW(6)) - {:.6f}))"

_NO_CHANGE: Final = b"INSERT INTO logs (address, log) SELECT '', '' FROM DUAL WHERE FALSE"


class LogLink(OneLink[Connection]):
    """The session with one database."""

    def __init__(self, reactor: Reactor, access: Access, lost: Callable[[OSError], object]) -> None:
        super().__init__(Connection(reactor, access, lost))

    def open_now(self) -> None:
        """Connect before the reactor runs."""
        try:
            _check(self._connection.open_now())
        except OSError:
            self.close()
            raise

    async def open(self) -> None:
        """Connect while the reactor runs."""
        await self._connection.open()
        await self._connection.do(_check)

    def insert(self, rows: Sequence[Row]) -> Deferred[object]:
        """Write entries in order, all or none."""
        return self._connection.do(partial(changed, partial(run, statements=insertion(rows))))


def _check(session: Session) -> None:
    """Raise UnknownSchema, or DatabaseLost if the server takes no changes."""
    major_version(session)
    changed(partial(run, statements=_NO_CHANGE), session)


def insertion(rows: Sequence[Row]) -> bytes:
    """Return the statement that writes entries, each with the second in which it was made.

    Where an entry names no address, Kea writes NULL here, and an empty text in PostgreSQL.
    """
    values = [
        f"({_MADE.format(age)}, {text(plain(address) or None)}, {text(plain(entry))})" for age, address, entry in rows
    ]
    return f"INSERT INTO logs (timestamp, address, log) VALUES {', '.join(values)}".encode()


DIALECT: Final = LogDialect("mysql", PRODUCT, M.MYSQL[0], WORDS, access_of, LogLink)
