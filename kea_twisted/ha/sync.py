"""The synchronization of leases from the partner, page by page (Kea's ``asyncSyncLeases``).

Its commands are dhcp-disable, page, dhcp-disable, page, … ha-sync-complete-notify.

dhcp-disable goes out before every page, so that the partner's ``max-period`` starts again. A partner too old
for the notification gets dhcp-enable instead, and so does one from which the fetch failed midway.

A partner of our own kind, which is one that lists lease4-bulk-apply, is asked for rows of the lease file (``rows``):
for the next page while one is being taken in, and with a dhcp-disable not before each of them but as often as that
its period cannot run out meanwhile. An older one answers with maps all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from kea_twisted import events as E
from kea_twisted.ha import messages, rows
from kea_twisted.ha.bulk import COMMAND as KNOWN_TO_OURS
from kea_twisted.ha.claims import Claims
from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.failure import Link
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Reply
from kea_twisted.ha.missingleases import MissingLeases
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.peernames import is_name_refused
from kea_twisted.ha.precedence import both_hold, replaces
from kea_twisted.ha.settings import HaSettings, Peer
from kea_twisted.interfaces import Log
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.jsonform import read_packed
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.address import address_number, address_text

Done: TypeAlias = Callable[[str, float], None]
Handler: TypeAlias = Callable[[Reply, float], None]

_RENEWAL: Final = 1.0
"""Seconds after which the partner is switched off anew before rows are asked for; less where waiting is short."""

MAX_PAGES: Final = 100_000
"""Pages of one fetch: a page of rows covers 65,536 addresses or 4,000 leases at least."""


class SyncRun:
    """One fetch. ``done`` is called with the reason of a failure, or "", and the time."""

    def __init__(
        self,
        settings: HaSettings,
        peer: Peer,
        max_period: int,
        link: Link,
        outbox: Outbox,
        log: Log,
        done: Done,
    ) -> None:
        self._settings = settings
        self._name = settings.this_server_name
        self._peer = peer
        self._max_period = max_period
        self._link = link
        self._outbox = outbox
        self._log = log
        self._done: Done | None = done
        self.lacking = MissingLeases(outbox.subnets)
        self._last: int | None = None  # the address of the last lease of the last page
        self._by_rows: bool | None = None  # None: the partner has not said yet what it understands
        self._disabled = False
        self._disabled_at = 0.0
        self._waiting = False  # it is switched off, and we wait for what it understands
        self._applying = False  # rows are being taken in …
        self._held: tuple[Handler, Reply] | None = None  # … and this came meanwhile
        self._ending = False
        self._error = ""
        self._started = 0.0
        self.pages_left = MAX_PAGES

    def begin(self, now: float) -> None:
        """Start; the outbox has the first requests."""
        self._started = now
        self._say(E.HA_SYNC_START)
        self._ask(messages.list_commands(), REQUEST_TIMEOUT, self._on_listed)
        self._disable(now)

    def abandon(self) -> None:
        """End a fetch that is not wanted any more; the partner must not stay switched off for it."""
        self._done = None
        if self._disabled:
            self._enable(lambda reply, now: None)

    def _on_listed(self, reply: Reply, now: float) -> None:
        names = reply.arguments if reply.kind is Kind.OK else None
        self._by_rows = isinstance(names, list) and KNOWN_TO_OURS in names
        if self._waiting:
            self._go_on(now)

    def _go_on(self, now: float) -> None:
        """The next page, once the partner is (still) switched off."""
        shortest = min(self._settings.sync_timeout, self._max_period or self._settings.sync_timeout)
        if self._by_rows and now - self._disabled_at < min(_RENEWAL, shortest / 4):
            self._ask_page(now)
        else:
            self._disable(now)

    def _disable(self, now: float) -> None:
        self._disabled_at = now
        ours = self._link.partner_ours if self._by_rows is None else self._by_rows
        command = messages.dhcp_disable(self._settings.remote_origin, self._max_period, self._name if ours else "")
        self._ask(command, REQUEST_TIMEOUT, self._on_disabled)

    def _on_disabled(self, reply: Reply, now: float) -> None:
        if self._is_held(self._on_disabled, reply):
            return
        if self._failed(reply, E.HA_DHCP_DISABLE_FAILED, E.HA_DHCP_DISABLE_COMMUNICATIONS_FAILED, now):
            self._end(now)
            return
        self._disabled = True
        self._waiting = self._by_rows is None
        if not self._waiting:
            self._ask_page(now)

    def _ask_page(self, now: float) -> None:
        self.pages_left -= 1
        if self.pages_left < 0:
            reply = Reply(Kind.FAILED, f"the partner's leases have no end after {MAX_PAGES} pages")
            self._failed(reply, E.HA_LEASES_SYNC_FAILED, E.HA_LEASES_SYNC_FAILED, now)
            self._end(now)
            return
        by_rows = bool(self._by_rows)
        command = messages.lease_page(self._last, self._settings.sync_page_limit, by_rows)
        passed = now - self._disabled_at if by_rows else 0.0
        self._ask(command, self._settings.sync_timeout - passed, self._on_page)

    def _on_page(self, reply: Reply, now: float) -> None:
        if self._is_held(self._on_page, reply):
            return
        if reply.kind is Kind.OK:
            try:
                if rows.is_page(reply.arguments):
                    self._take_rows(rows.read_page(reply.arguments, self._last), now)
                else:
                    self._take_items(read_page(reply.arguments))
            except ValueError as error:
                reply = Reply(Kind.FAILED, str(error))
        if self._failed(reply, E.HA_LEASES_SYNC_FAILED, E.HA_LEASES_SYNC_COMMUNICATIONS_FAILED, now):
            self._end(now)

    def _take_rows(self, page: rows.Page, now: float) -> None:
        self._say_received(page.size)
        self._applying, self._last = True, page.last
        if page.last is not None:
            self._go_on(now)
        self._outbox.apply_rows(page.rows, self.lacking, page.last is None, self._on_rows_applied)

    def _take_items(self, items: list[Json]) -> None:
        self._by_rows = False
        self._say_received(len(items))
        last = last_address(items) if len(items) >= self._settings.sync_page_limit else None
        if last is not None and self._last is not None and last < self._last:
            raise ValueError(f"the page behind {address_text(self._last)} ends at {address_text(last)}")

        def applied(count: int, error: str, now: float) -> None:
            self._on_applied(last, count, error, now)

        ends = last is None or last == self._last
        self._outbox.apply(items, self.lacking, ends, applied)

    def _on_rows_applied(self, count: int, error: str, now: float) -> None:
        self._applying = False
        if not self._is_applied(count, error, now):
            return
        if self._last is None:
            self._end(now)
        elif self._held is not None:
            (handler, reply), self._held = self._held, None
            handler(reply, now)

    def _is_held(self, handler: Handler, reply: Reply) -> bool:
        """Return True if an answer has to wait until those before it are taken in, or comes too late."""
        if self._applying:
            self._held = handler, reply
        return self._applying or self._ending

    def _on_applied(self, last: int | None, count: int, error: str, now: float) -> None:
        if not self._is_applied(count, error, now):
            return
        if last is None or last == self._last:  # a partner that repeats itself must not keep us here
            self._end(now)
            return
        self._last = last
        self._disable(now)

    def _is_applied(self, count: int, error: str, now: float) -> bool:
        """Return True if a page is taken in and the fetch is to go on."""
        if self._done is None:
            return False
        reply = Reply(Kind.FAILED, error) if error else Reply(Kind.OK)
        if self._failed(reply, E.HA_LEASES_SYNC_FAILED, E.HA_LEASES_SYNC_FAILED, now):
            self._end(now)
            return False
        if E.HA_LEASES_SYNC_APPLIED_LEASES in self._log.enabled:
            self._log.emit(E.HA_LEASES_SYNC_APPLIED_LEASES, self._name, count)
        return True

    def _say_received(self, count: int) -> None:
        if E.HA_LEASES_SYNC_LEASE_PAGE_RECEIVED in self._log.enabled:
            self._log.emit(E.HA_LEASES_SYNC_LEASE_PAGE_RECEIVED, self._name, count, self._peer.label)

    def _end(self, now: float) -> None:
        self._ending = True  # a page that was asked for early may still come
        if not self._disabled:
            self._finish(now)
        elif self._error:
            self._enable(self._on_enabled)
        else:
            command = messages.sync_complete(self._name, self._settings.remote_origin)
            self._ask(command, REQUEST_TIMEOUT, self._on_notified)

    def _on_notified(self, reply: Reply, now: float) -> None:
        if reply.kind is Kind.UNSUPPORTED or is_name_refused(reply, self._name):
            self._enable(self._on_enabled)
            return
        self._failed(reply, E.HA_SYNC_COMPLETE_NOTIFY_FAILED, E.HA_SYNC_COMPLETE_NOTIFY_COMMUNICATIONS_FAILED, now)
        self._finish(now)

    def _enable(self, then: Handler) -> None:
        command = messages.dhcp_enable(self._settings.remote_origin)
        self._outbox.ask(self._peer.name, command, REQUEST_TIMEOUT, then)

    def _on_enabled(self, reply: Reply, now: float) -> None:
        self._failed(reply, E.HA_DHCP_ENABLE_FAILED, E.HA_DHCP_ENABLE_COMMUNICATIONS_FAILED, now)
        self._finish(now)

    def _finish(self, now: float) -> None:
        if self._done is None:
            return
        if self._error:
            self._say(E.HA_SYNC_FAILED, self._error)
        else:
            self._say(E.HA_SYNC_SUCCESSFUL, duration_text(now - self._started))
        self._done(self._error, now)

    def _ask(self, command: messages.Command, timeout: float, then: Handler) -> None:
        def guarded(reply: Reply, now: float) -> None:
            if self._done is not None:
                then(reply, now)

        self._outbox.ask(self._peer.name, command, timeout, guarded)

    def _failed(self, reply: Reply, failed: E.Event, unreachable: E.Event, now: float) -> bool:
        if reply.kind is Kind.OK:
            return False
        self._say(unreachable if reply.kind is Kind.UNREACHABLE else failed, reply.text)
        self._link.unavailable(now)
        self._error = self._error or reply.text
        return True

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, self._name, self._peer.label, *arguments)


def read_page(arguments: object) -> list[object]:
    """The leases in the answer to lease4-get-page, still JSON; ValueError when there is no such list."""
    leases = arguments.get("leases") if isinstance(arguments, dict) else None
    if not isinstance(leases, list):
        raise ValueError("server response does not contain leases argument or this argument is not a list")
    return leases


def last_address(items: list[Json]) -> int | None:
    """The address a next page starts behind; None when the last item has none."""
    try:
        return address_number(items[-1]["ip-address"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def read_items(items: Iterable[object], name: str, log: Log) -> Iterator[tuple[int, bytes]]:
    """The leases of a page, packed, and their addresses; those that cannot be read are left out, with a word."""
    for item in items:
        try:
            lease, packed = read_packed(item)
            yield lease.address, packed
        except ValueError as error:
            if E.HA_LEASE_SYNC_FAILED in log.enabled:
                log.emit(E.HA_LEASE_SYNC_FAILED, name, item, error)


def newer(
    leases: Iterable[Lease],
    lookup: Callable[[int], Lease | None],
    name: str,
    log: Log,
    now: float,
    conflicts: Conflicts,
    claims: Claims,
) -> tuple[list[Change], list[Lease]]:
    """Those of the partner's leases that this server does not know, or knows an older state of.

    And ours that count more than the partner's of the same address. What both have given to a client is a conflict.
    What one of both servers has done without knowing of the other's lease does not end it (``one_is_unknown``).
    """
    changes, ahead = [], []
    for lease in leases:
        ours = lookup(lease.address)
        unknown = ours is not None and claims.one_is_unknown(ours, lease)
        apart = claims.clocks_apart if unknown else 0
        if ours is not None and both_hold(ours, lease, now):
            conflicts.add(ours, lease)
        if ours is None or replaces(lease, ours, now, apart):
            stored = lease if ours is None else lease.covering(ours, now, unknown)
            changes.append(Change(stored))
            if stored is not lease:
                ahead.append(stored)
            continue
        if replaces(ours, lease, now, apart):
            stored = ours.covering(lease, now, unknown)
            if stored is not ours:
                changes.append(Change(stored))
            ahead.append(stored)
        if E.HA_LEASE_SYNC_STALE_LEASE4_SKIP in log.enabled:
            log.emit(E.HA_LEASE_SYNC_STALE_LEASE4_SKIP, name, address_text(lease.address), lease.subnet_id)
    return changes, ahead


def duration_text(seconds: float) -> str:
    """``1.204 ms``, as Kea's stopwatch prints."""
    return f"{seconds * 1000:.3f} ms"
