"""keadhcp-ctl leases dump, upload: all leases of a database into a lease file of Kea's form, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from kea_twisted.ctl import show
from kea_twisted.ctl.session import Session, friendly, session

if TYPE_CHECKING:
    from kea_twisted.adapters.sql.offline import OfflineTable

_SHOWN: Final = 20  # refused lines that are listed


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--force", is_flag=True, help="Replace FILE if there is one.")
@session
@friendly
def dump(session: Session, file: str, force: bool) -> None:
    """Write all leases of the lease database to FILE, a lease file of Kea's form; "-": standard output.

    The database is that of the configuration file (--config); no server is asked.
    """
    from kea_twisted.adapters.sql.transfer import Dump  # with drivers and Twisted, which no other command needs

    if file != "-" and os.path.lexists(file) and not force:
        raise show.Failed(f"{file} is there already: name another file, or use --force", show.REFUSED)
    with _table(session) as table:
        leases = Dump(table)
    if file == "-":
        for text in leases.texts():
            click.echo(text, nl=False)
    else:
        with _failing(file):
            leases.write(file, force)
        result = {"leases": len(leases), "refused": len(leases.bad)}
        session.show(result, lambda: f"{len(leases)} leases are in {file}")
    _list(leases.bad)
    if leases.bad:
        raise show.Failed(f"{len(leases.bad)} rows cannot be put into a lease file", show.REFUSED)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--merge", is_flag=True, help="Add to a table that has leases; those that it has stay.")
@session
@friendly
def upload(session: Session, file: str, merge: bool) -> None:
    """Write all leases of FILE, a lease file of Kea's form, into the lease database.

    The database is that of the configuration file (--config); no server is asked. Files that a cleanup has left beside
    FILE (FILE.1, FILE.2, FILE.completed) are read, too. Stop the server that writes to FILE before.
    """
    from kea_twisted.adapters.sql.transfer import Upload

    with _table(session) as table:
        before = table.count()
        if before and not merge:
            text = f"the table has {before} leases already: nothing was written; --merge adds to them"
            raise show.Failed(text, show.REFUSED)
        with _failing(file):
            leases = Upload(file)
        with show.progress("leases written") as tell:
            try:
                leases.write(table, tell)
            except OSError as error:
                text = f"the database: {error.strerror}; {leases.written} leases were written before, --merge continues"
                raise show.Failed(text, show.REFUSED) from None
    _list(leases.bad)
    parts = [f"{leases.written} leases of {' and '.join(leases.files)} are written"]
    if leases.present:
        parts.append(f"{leases.present} addresses have another lease in the table, which stays")
    result = {"written": leases.written, "present": leases.present, "refused": len(leases.bad), "files": leases.files}
    session.show(result, lambda: "; ".join(parts))
    if leases.bad:
        raise show.Failed(f"{len(leases.bad)} lines were refused", show.REFUSED)


@contextmanager
def _table(session: Session) -> Iterator[OfflineTable]:
    """The table of the configuration file's lease database."""
    from kea_twisted.adapters.sql.offline import OFFLINE_TABLES
    from kea_twisted.adapters.sql.transfer import Unreachable, opened

    file = session.file
    section = file.tree.get("lease-database", {})
    kind = str(section.get("type", "memfile")) if isinstance(section, dict) else ""
    if kind not in OFFLINE_TABLES:
        known = " or ".join(sorted(OFFLINE_TABLES))
        where = f"{file.path} has no 'lease-database' of type {known}" if file.path else "no configuration file"
        text = file.trouble or f"{where}: name a configuration that has the database with --config"
        raise show.Failed(text, show.REFUSED)
    try:
        table = opened(section)
    except Unreachable as error:
        raise show.Failed(f"the database: {error.strerror}", show.UNREACHABLE) from None
    try:
        with _failing("the database"):
            yield table
    finally:
        table.close()


@contextmanager
def _failing(what: str) -> Iterator[None]:
    """End the program with a sentence about what failed."""
    try:
        yield
    except OSError as error:
        raise show.Failed(f"{what}: {error.strerror or error}", show.REFUSED) from None
    except ValueError as error:
        raise show.Failed(str(error), show.REFUSED) from None


def _list(bad: Sequence[str]) -> None:
    for text in bad[:_SHOWN]:
        show.note(text)
    if len(bad) > _SHOWN:
        show.note(f"and {len(bad) - _SHOWN} more")
