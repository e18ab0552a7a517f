"""The partner of the server that is asked, for commands that should be carried out on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from kea_twisted.ctl import find, show
from kea_twisted.ctl.channel import EMPTY, Answer, Channel, Refused, Unanswered, Unreachable
from kea_twisted.ctl.session import Session

FORBIDDEN: Final = (401, 403)
"""Statuses of HTTP for commands that are not permitted."""

_ANYWHERE: Final = ("0.0.0.0", "::", "")


class Partner:
    """The other server of a pair: its control socket, if it has one at the port of this server's, and its HA URL."""

    def __init__(self, name: str, channels: tuple[Channel, ...]) -> None:
        self.name = name
        self._channels = channels

    def ask(self, command: str, arguments: object) -> Answer:
        """Send a command by the first way that permits it, and once. Raises Refused or Unreachable."""
        failure: Exception = Unreachable("no way to it is known")
        for channel in self._channels:
            try:
                return channel.ask(command, arguments).checked()
            except Unanswered:
                raise
            except Unreachable as error:
                failure = failure if isinstance(failure, Refused) else error
            except Refused as error:
                if error.result not in FORBIDDEN:
                    raise
                failure = error
        raise failure


def find_partner(session: Session) -> Partner | None:
    """Return the partner of the server; None without one. Of several relationships none is meant."""
    trees = [session.tree]
    if not any(find.peers(session.tree)):
        with suppress(Refused, Unreachable):
            trees = [session.dhcp4]
    (tree,) = trees
    own, peers = find.own_name(tree), list(find.peers(tree))
    others = [peer for peer in peers if peer[0] != own]
    if len(others) != 1 or len(peers) != 2:
        return None
    name, url, entry = others[0]
    try:
        return Partner(name, tuple(_channels(session, tree, url, entry)))
    except OSError as error:
        show.note(f"{name} cannot be asked: TLS: {error.strerror or error}")
        return None


def _channels(session: Session, tree: find.Tree, url: str, entry: find.Tree) -> Iterator[Channel]:
    """Yield the control socket over HTTP that it has if both servers are configured alike, then its HA URL."""
    socket = find.http_socket(tree)
    if socket is not None and str(socket.get("socket-address", "127.0.0.1")) in _ANYWHERE:
        host = urlsplit(url).hostname or ""
        yield find.socket_channel({**socket, "socket-address": host}, session.access)
    yield find.peer_channel(url, entry, session.access)


def also(
    partner: Partner | None,
    command: str,
    arguments: dict[str, object],
    done: str,
    *,
    here: str = "done here",
    learns: Callable[[], bool] = lambda: False,
) -> None:
    """Carry a change out on the partner, too, or say that the partner lacks it, or perhaps does. Raises Failed.

    ``here``: what became of it on the server that was asked. ``learns`` returns True if that server tells its partner
    of the change itself, as soon as the partner can be reached.
    """
    if partner is None:
        return
    try:
        answer = partner.ask(command, arguments)
    except Unreachable as error:
        if not learns():
            raise (_perhaps if isinstance(error, Unanswered) else _lacks)(partner, here, str(error)) from None
        show.note(f"{partner.name} does not answer now ({error}): this server tells it when it does")
    except Refused as error:
        raise _lacks(partner, here, str(error)) from None
    else:
        if answer.get("result") != EMPTY:
            show.note(f"{partner.name}: {done}")


def tells_of_deletions(session: Session) -> bool:
    """Return True if the server tells its partner later of leases that a command deleted: no Kea does."""
    with suppress(Refused, Unreachable):
        found = session.ask("status-get").arguments.get("high-availability", [])
        return any("partner-watch" in each for each in found)
    return False


def _perhaps(partner: Partner, here: str, reason: str) -> show.Failed:
    text = f"{here}, and perhaps on {partner.name}, whose answer did not come: {reason}. Check it on that machine"
    return show.Failed(text, show.REFUSED)


def _lacks(partner: Partner, here: str, reason: str) -> show.Failed:
    text = f"{here}, and not on {partner.name}: {reason}. Give the same command on that machine"
    return show.Failed(text, show.REFUSED)
