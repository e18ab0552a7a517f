"""Telling the others about leases: which peer gets which update, and which reply waits for it.

No client holds an ACK for a lease that the partner, in normal operation, does not hold, too. So the reply
waits for the partner's answer, and an address whose last update was not acknowledged is *owed*: when its
lease is later confirmed without a change (Kea's lease cache), the partner is told first. Kea leaves this last
step out.

A partner that is watched (``Watch``) may keep a client waiting for a moment only: then, or when it cannot take an
update, the reply leaves, and the address stays owed. Only where the partner knows of another client with the address
does the reply not leave.

Backups get every update in every state; no client waits for them, unless ``wait-backup-ack`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeAlias

from kea_twisted.commands.leases import HELD, IN_USE, TO_ANOTHER
from kea_twisted.engine.effects import Decision
from kea_twisted.ha import messages
from kea_twisted.ha.arrears import Arrears
from kea_twisted.ha.clientwaits import ClientWaits
from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.deletions import Deletion, Deletions, Ended
from kea_twisted.ha.failure import Link
from kea_twisted.ha.lanes import Lanes, is_busy, is_waited_for
from kea_twisted.ha.messages import Kind, Reply
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.settings import HaSettings, Peer
from kea_twisted.ha.unconfirmed import UnconfirmedUpdate, UpdateTicket
from kea_twisted.ha.updatewords import say_not_taken
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import RECLAIMED, RELEASED, Change, Lease
from kea_twisted.wire.message import Message

REPLAY_INTERVAL: Final = 10.0
"""Seconds after which a partner that answers is sent again what it refused."""

Lookup: TypeAlias = Callable[[int], Lease | None]
"""The lease of an address."""


class Updates:
    """The updates under way and the addresses the partner is owed one for.

    ``failed`` is called after an update that did not arrive or was refused; it returns whether a client still
    depends on the partner. If not (the failure made this server carry on alone), the reply need not wait
    for it. ``settled`` is called when the partner has taken the last update under way.
    ``wall`` gives the seconds since the epoch.
    """

    def __init__(
        self,
        settings: HaSettings,
        link: Link,
        outbox: Outbox,
        log: Log,
        failed: Callable[[Kind, float], bool],
        settled: Callable[[float], None],
        wall: Callable[[], float],
        conflicts: Conflicts,
    ) -> None:
        self._wall = wall
        self._conflicts = conflicts
        self._settings = settings
        self._name = settings.this_server_name
        self._partner = settings.partner if settings.has_partner else None
        self._link = link
        self._outbox = outbox
        self._log = log
        self._failed = failed
        self._settled = settled
        self._backups = settings.backups
        self.lanes = Lanes(settings, outbox, self._answered)
        self.waits = ClientWaits(settings.watch, link, outbox)
        self.owed: set[int] = set()
        self.deletions = Deletions()
        self.reasons: dict[int, str] = {}  # why the partner refused updates of these addresses
        self.withheld: set[int] = set()  # owed, and no client was answered: the partner's client has the address
        self._replayed_at = float("-inf")
        self._changed: set[int] | None = None  # what changed since the partner began to fetch; None: it does not
        self._lookup: Lookup = lambda address: None
        self.arrears = Arrears((peer.name for peer in self._backups), self._send_again, self._ask_to_fetch)
        self._lacking: dict[str, set[int]] = {peer.name: set() for peer in self._backups}  # of backups waited for
        # What an earlier process owed the partner died with it: a lease from before may never have arrived there.
        self._born = wall()

    def commit(self, decision: Decision, sending: bool) -> UpdateTicket | None:
        """Send the updates of a decision; None: no answer is waited for. ``sending``: the state has updates."""
        if not self._settings.send_lease_updates:
            return None
        if self._partner is None:
            return self._tell_backups(decision)
        changes: Sequence[Change] = decision.changes
        for peer in self._backups:
            for change in changes:
                self.lanes.send(peer, UnconfirmedUpdate(change.lease.address, change, []))
        lease = decision.lease
        if not sending:
            self._miss(changes)
            if decision.reused and isinstance(lease, Lease) and lease.cltt < self._born:
                self.owe((lease.address,))
            return None
        if changes:
            return self._tell(changes, decision.query.message)
        if decision.reused and isinstance(lease, Lease) and (lease.address in self.owed or lease.cltt < self._born):
            return self._catch_up(lease, decision.query.message)
        return None

    def _tell_backups(self, decision: Decision) -> UpdateTicket | None:
        """Tell the backups where there is no partner, and wait for them if that is wished."""
        waits, lease = self._settings.wait_backup_ack, decision.lease
        updates = [(peer, change) for peer in self._backups for change in decision.changes]
        if waits and decision.reused and isinstance(lease, Lease):
            for peer in self._backups:
                if lease.cltt < self._born or lease.address in self._lacking[peer.name]:
                    updates.append((peer, Change(lease)))
        ticket = UpdateTicket(len(updates), decision.query.message)
        for peer, change in updates:
            address = change.lease.address
            if waits:
                self._lacking[peer.name].add(address)
            self.lanes.send(peer, UnconfirmedUpdate(address, change, [ticket] if waits else []))
        return ticket if waits and updates else None

    @property
    def partner_is_known_kea(self) -> bool:
        """True if the partner has said that it is not of our own kind."""
        ours = self._link.partner_ours
        return not ours and self._partner is not None and self.lanes.is_kea(self._partner)

    def deleted(self, leases: Sequence[Lease], sending: bool) -> None:
        """Notify the others of leases that a command deleted; no client waits for them."""
        if not self._settings.send_lease_updates:
            return
        peers = list(self._backups)
        if self._partner is not None:
            self.deletions.add(leases, self._wall())
            self.owe([lease.address for lease in leases])
            if sending:
                peers.append(self._partner)
            else:
                self._link.unsent_updates += 1
        for peer in peers:
            for lease in leases:
                self.lanes.send(peer, UnconfirmedUpdate(lease.address, Change(lease, True), []))

    def recall_deletions(self, rows: Sequence[Deletion], lookup: Lookup) -> None:
        """Owe the partner the deletions that an earlier process remembered."""
        self.deletions.recall(rows, lookup, self._wall())
        self.owed |= self.deletions.unconfirmed

    def owe(self, addresses: Collection[int]) -> None:
        """Owe the partner the state of these addresses, also where an older one is under way."""
        self.owed.update(addresses)
        self.withheld.difference_update(addresses)
        if self._partner is not None:
            for address in addresses:
                under_way = self.lanes.last(self._partner, address)
                if under_way is not None:
                    under_way.overtaken = True

    def synced(self) -> None:
        """The partner has fetched all leases: owed is only what is under way or has changed meanwhile.

        Without a fetch that began here (a repeated notification, or a fetch that began before this process) all stays
        owed.
        """
        if self._changed is None:
            return
        self._born = 0.0
        changed, self._changed = self._changed, None
        if self._partner is not None:  # a fetch adds leases; what was deleted here is still at the partner
            self.owed = changed.union(self.lanes.addresses(self._partner), self.deletions.unconfirmed)

    def fetch_begins(self) -> None:
        """The partner begins to fetch leases, or goes on: what changes from now on may be missing in what it gets."""
        if self._changed is None:
            self._changed = set()

    @property
    def partner_is_kea(self) -> bool:
        """True if the partner is not known to understand more than a Kea does."""
        return not self._link.partner_ours

    def has_promised(self, address: int) -> bool:
        """Return True if a client was answered about an address, and the partner has not confirmed that."""
        if self._partner is None or address not in self.owed or address in self.withheld:
            return False
        last = self.lanes.last(self._partner, address)
        return last is None or last.promised_before or not is_waited_for((last,))

    def owes_promised(self) -> bool:
        """Return True if a client holds a lease that the partner has neither confirmed nor refused."""
        if not self.owed or self._partner is None or not self._settings.send_lease_updates:
            return False
        lanes, partner = self.lanes, self._partner
        open_ones = (lanes.under_way(partner, address) for address in self.owed if address not in self.reasons)
        return any(not is_waited_for(updates) for updates in open_ones)

    def replay(self, lookup: Lookup, but: Collection[int] = ()) -> None:
        """Send what is owed; no client waits for it. Both servers work together from now on. ``but``: not these."""
        if self._partner is None:
            return
        self.forget_ended(lookup)
        addresses = sorted(self.owed.difference(self.lanes.addresses(self._partner), but))
        if self._settings.send_lease_updates and (addresses or not but):
            self.lanes.get_to_know(self._partner)
        for address in addresses:
            lease = lookup(address)
            update = UnconfirmedUpdate(address, None if lease is None else Change(lease), [])
            update.promised_before = address not in self.withheld
            if lease is None:
                update.ended = self.deletions.of(address, self._link.skew)
            elif lease.state in (RELEASED, RECLAIMED):
                update.ended = Ended(lease.cltt, lease.hwaddr)
            self.lanes.send(self._partner, update)

    def forget_ended(self, lookup: Lookup) -> None:
        """Owe the partner nothing of leases that have ended here and are gone, as long as none of them was deleted.

        Their clients have lost them at the partner, too, which may have given the addresses to others since.
        """
        ended = [address for address in self.owed if address not in self.deletions and lookup(address) is None]
        if ended and self._partner is not None:
            self.owed.difference_update(set(ended).difference(self.lanes.addresses(self._partner)))

    def replay_if_due(self, lookup: Lookup, now: float) -> None:
        """Send what is owed: the partner answers. What it refused is sent now and then, as the reason may last."""
        again = now - self._replayed_at >= REPLAY_INTERVAL
        if again:
            self._replayed_at = now
        self.replay(lookup, () if again else self.reasons)

    def retry_refused(self) -> None:
        """Send what the partner refused with the next heartbeat: its subnets have changed."""
        self._replayed_at = float("-inf")

    def tick(self, lookup: Lookup, now: float) -> None:
        """Send to the backups what they have not confirmed."""
        self._lookup = lookup
        self.arrears.tick(now)

    def _send_again(self, name: str, address: int) -> None:
        lease = self._lookup(address)
        update = UnconfirmedUpdate(address, None if lease is None else Change(lease), [])
        update.again = True
        self.lanes.send(self._settings.peer(name), update)

    def _ask_to_fetch(self, name: str) -> None:
        def then(reply: Reply, now: float) -> None:
            self.arrears.fetched(name, reply.kind is Kind.OK, now)

        self._outbox.ask(name, messages.ha_sync(self._name), self._settings.sync_timeout, then)

    def _miss(self, changes: Sequence[Change]) -> None:
        if changes:
            self._link.unsent_updates += 1
            addresses = [change.lease.address for change in changes]
            self.owe(addresses)
            self._remember([change for change in changes if change.deleted])
            if self._changed is not None:
                self._changed.update(addresses)

    def _remember(self, changes: Sequence[Change]) -> None:
        """Remember deletions that the partner has not heard of, also beyond the end of this process."""
        if changes:
            self.deletions.add((change.lease for change in changes), self._wall())

    def _tell(self, changes: Sequence[Change], message: Message) -> UpdateTicket:
        assert self._partner is not None
        ticket = UpdateTicket(len(changes), message)
        self.waits.add(ticket)
        for change in changes:
            address = change.lease.address
            update = UnconfirmedUpdate(address, change, [ticket])
            update.promised_before = self.has_promised(address)
            self.owed.add(address)
            self.withheld.discard(address)
            if self._changed is not None:
                self._changed.add(address)
            self.lanes.send(self._partner, update)
        return ticket

    def _catch_up(self, lease: Lease, message: Message) -> UpdateTicket:
        assert self._partner is not None
        under_way = self.lanes.last(self._partner, lease.address)
        if under_way is None or under_way.overtaken:
            return self._tell((Change(lease),), message)
        self.withheld.discard(lease.address)
        ticket = UpdateTicket(1, message)  # the client asked again while its update is under way
        self.waits.add(ticket)
        under_way.tickets.append(ticket)
        return ticket

    def _answered(self, peer: Peer, update: UnconfirmedUpdate, reply: Reply, last: bool, now: float) -> None:
        if reply.kind is not Kind.OK:
            say_not_taken(self._log, self._name, peer, update, reply, self.lanes.takes_groups(peer))
        if peer is self._partner:
            if reply.kind is Kind.OK:
                self._link.answered_at = now
                self._accepted(update.address, update, last)
                if not self.lanes.addresses(peer):
                    self._settled(now)
            else:
                self._refused(update, reply._replace(kind=Kind.FAILED) if is_busy(reply) else reply, now)
        else:
            self._backup_answered(peer, update, reply, last, now)

    def _backup_answered(self, peer: Peer, update: UnconfirmedUpdate, reply: Reply, last: bool, now: float) -> None:
        address = update.address
        if reply.kind is not Kind.OK:
            self.arrears.failed(peer.name, address, update.again, now)
        elif last:
            self._lacking[peer.name].discard(address)
            self.arrears.confirmed(peer.name, address, update.again, now)
        elif update.again:
            self.arrears.failed(peer.name, address, True, now)  # a newer one follows
        self._end_wait(update, reply.kind is Kind.OK)

    def _accepted(self, address: int, update: UnconfirmedUpdate, last: bool) -> None:
        if last and not update.overtaken:
            self.owed.discard(address)
            self.withheld.discard(address)
            if self.deletions:
                self.deletions.confirmed(address)
            if self.reasons:
                self.reasons.pop(address, None)
        for ticket in update.tickets:
            self._link.accepted(ticket.message)
            if ticket.left > 0:
                ticket.left -= 1
                if not ticket.left:
                    self._outbox.finish(ticket, Step.CONTINUE)

    def _refused(self, update: UnconfirmedUpdate, reply: Reply, now: float) -> None:
        kind = reply.kind
        change = update.change
        if change is not None and change.deleted and update.address not in self.deletions.unconfirmed:
            self._remember((change,))
        if self._settings.watch.enabled:
            self._not_taken(update, reply, now)
            return
        if kind is Kind.CONFLICT:
            for ticket in update.tickets:
                self._link.rejected(ticket.message, now)
        else:
            self._link.unavailable(now)
        alone = not self._failed(kind, now) and kind is not Kind.CONFLICT
        if alone:
            self._link.unsent_updates += 1  # the address stays owed
        for ticket in update.tickets:
            if ticket.left > 0:
                ticket.left = ticket.left - 1 if alone else 0
                if not ticket.left:
                    self._outbox.finish(ticket, Step.CONTINUE if alone else Step.DROP)

    def _is_under_way(self, address: int) -> bool:
        return self._partner is not None and self.lanes.last(self._partner, address) is not None

    def _not_taken(self, update: UnconfirmedUpdate, reply: Reply, now: float) -> None:
        """Answer the client, unless the partner knows another one with the address or this server stopped serving."""
        kind, change = reply.kind, update.change
        taken = kind is Kind.CONFLICT and reply.text.startswith(IN_USE)
        both_hold = taken and update.promised_before and reply.text.startswith(HELD) and TO_ANOTHER in reply.text
        if both_hold and change is not None and update.address not in self.reasons:
            self._conflicts.add(change.lease, None)
        if kind is Kind.CONFLICT:
            for ticket in update.tickets:
                self._link.rejected(ticket.message, now)
        if kind is Kind.UNREACHABLE:
            self._link.unavailable(now)
        else:
            self.reasons[update.address] = reply.text
        drop = self._failed(kind, now) or taken
        step = Step.DROP if drop else Step.CONTINUE
        if taken and not update.promised_before and is_waited_for((update,)) and not self._is_under_way(update.address):
            self.withheld.add(update.address)
        for ticket in update.tickets:
            if ticket.left > 0:
                self._link.unsent_updates += not drop
                ticket.left = 0 if drop else ticket.left - 1
                if not ticket.left:
                    self._outbox.finish(ticket, step)

    def _end_wait(self, update: UnconfirmedUpdate, arrived: bool) -> None:
        """A backup that the replies wait for has answered, or not."""
        for ticket in update.tickets:
            if ticket.left > 0:
                ticket.left = ticket.left - 1 if arrived else 0
                if not ticket.left:
                    self._outbox.finish(ticket, Step.CONTINUE if arrived else Step.DROP)
