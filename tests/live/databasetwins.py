"""A real Kea and ours side by side, the leases of each in a database of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from .mariadb import Mariadb
from .postgres import Postgres
from .twins import Answer, Outcome, Twin, Twins, parse
from .walks import Walk

PATIENCE = 2.0
"""Seconds that ours may take for what a Kea has done already."""

_NAMES = (
    "address", "hwaddr", "client_id", "valid_lifetime", "expire", "subnet_id", "fqdn_fwd", "fqdn_rev", "hostname",
    "state", "user_context", "pool_id",
)  # fmt: skip


def ethernet(steps: Walk) -> Walk:
    """The same walk, all hardware addresses Ethernet: a Kea cannot tell from a row that it belongs to another type."""
    packet = next(steps)
    while True:
        try:
            packet = steps.send((yield packet._replace(htype=1, hlen=None) if packet.htype != 1 else packet))
        except StopIteration:
            return


class DatabaseTwin(Twin):
    """One of the two; its rows are those of the table that a frame has changed."""

    def __init__(self, kind: str, folder: Path, config: dict[str, Any], database: Postgres | Mariadb) -> None:
        self._database, self._name = database, f"twin_{kind}"
        database.make(self._name)
        self._known: dict[str, dict[str, str]] = {}
        self._reader: Any = None
        access = {"lease-database": {**database.access(), "name": self._name}}
        libraries = [{"library": f"{database.library}.so"}, *config.get("hooks-libraries", [])]
        super().__init__(kind, folder, {**config, **access, "hooks-libraries": libraries})

    def make_like(self, data: bytes, other: Outcome) -> Outcome:
        """As ``make``, but wait until there are as many answers and rows as the other twin had."""
        made = self.make(data)
        deadline = time.monotonic() + PATIENCE
        while not _is_as_much(made, other) and time.monotonic() < deadline:
            made = _joined(made, self.outcome_of(self._late()))
        return made

    def _late(self) -> list[Answer]:
        """The replies that come within a moment."""
        self.socket.settimeout(0.02)
        found = []
        try:
            while True:
                answer = parse(self.socket.recv(65536))
                if answer is not None:
                    self._seen += 1
                    found.append(answer)
        except TimeoutError:
            return found
        finally:
            self.socket.settimeout(3.0)

    def close(self) -> None:
        """Stop it, and remove its database."""
        super().close()
        if self._reader is not None:
            self._reader.close()
        self._database.remove(self._name)

    def new_rows(self) -> list[dict[str, str]]:
        if self._reader is None:
            self._reader = self._database.reader(self._name)
        cursor = self._reader.cursor()
        cursor.execute(self._database.compared)
        rows = [["" if value is None else str(value) for value in row] for row in cursor.fetchall()]
        now = {row[0]: dict(zip(_NAMES, row, strict=True)) for row in rows}
        before, self._known = self._known, now
        return [row for address, row in now.items() if before.get(address) != row]


def _is_as_much(ours: Outcome, kea: Outcome) -> bool:
    if len(ours.answers) < len(kea.answers) or len(ours.rows) < len(kea.rows):
        return False
    # without an answer nothing shows that a query is done but that it is counted
    return bool(kea.answers) or len(ours.statistics) >= len(kea.statistics)


def _joined(one: Outcome, more: Outcome) -> Outcome:
    rows = {row["address"]: row for row in (*one.rows, *more.rows)}
    names = {**one.statistics, **more.statistics}
    steps = {name: one.statistics.get(name, 0) + more.statistics.get(name, 0) for name in names}
    changed = {name: step for name, step in steps.items() if step}
    return Outcome([*one.answers, *more.answers], list(rows.values()), changed)


class DatabaseTwins(Twins):
    """Both of them."""

    def __init__(self, folder: Path, config: dict[str, Any], database: Postgres | Mariadb) -> None:
        self.kea = self._kea = DatabaseTwin("kea30", folder / "kea", config, database)
        self.ours = self._ours = DatabaseTwin("ours", folder / "ours", config, database)

    def make(self, data: bytes) -> tuple[Outcome, Outcome]:
        """Send a frame to both within the same second."""
        fraction = time.time() % 1
        if not 0.02 < fraction < 0.9:
            time.sleep((1.021 - fraction) % 1)
        kea = self._kea.make(data)
        return kea, self._ours.make_like(data, kea)
