"""The end of a command that changed leases: it is answered when the changes are durable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import Answer, Reply
from kea_twisted.errors import AddressesOvertaken, CommandError, LeasesUnsaved
from kea_twisted.lease.lease import Change


def saved(
    context: Context,
    changes: Sequence[Change],
    then: Callable[[], Answer],
    failed: Callable[[CommandError], object] = lambda error: None,
    overtaken: str = "",
) -> Reply:
    """Write changes that are in the table already, then answer: ``then``, at once where the storage is fast.

    Without changes, too: some may be owed to the storage. Raises CommandError where that fails at once, else the
    awaitable does after ``failed`` had it. ``overtaken`` is the refusal if another server was faster.
    """
    try:
        pending = context.commit(changes)
    except LeasesUnsaved as error:
        raise CommandError(error.answer) from None
    return then() if pending is None else _saved_later(pending, then, failed, overtaken)


async def _saved_later(
    pending: Awaitable[None], then: Callable[[], Answer], failed: Callable[[CommandError], object], overtaken: str
) -> Answer:
    try:
        await pending
    except LeasesUnsaved as error:
        refusal = CommandError(error.answer)
    except AddressesOvertaken as error:
        refusal = CommandError(overtaken or str(error), CommandError.CONFLICT)
    else:
        return then()
    failed(refusal)
    raise refusal


async def refused(pending: Awaitable[None], error: CommandError) -> Answer:
    """Refuse a command with an error when what it changed all the same is durable, or owed."""
    with suppress(LeasesUnsaved, AddressesOvertaken):
        await pending
    raise error
