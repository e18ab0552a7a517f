"""keadhcp-ctl config, stats and maintenance."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress

import click

from kea_twisted import config as configuration
from kea_twisted.ctl import find, show
from kea_twisted.ctl.channel import Refused
from kea_twisted.ctl.gather import gather, in_full
from kea_twisted.ctl.partner import FORBIDDEN
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.doctor.compare import common_part, differences, shown
from kea_twisted.errors import ConfigError
from kea_twisted.jsonvalue import Json


@click.group()
def config() -> None:
    """Check, read again, show and write the configuration."""


@config.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--offline", is_flag=True, help="Ask no server; hook libraries are not looked at.")
@session
@friendly
def check(session: Session, file: str, offline: bool) -> None:
    """Check a file without using it: its syntax here, its sense by the server that would use it."""
    try:
        tree = find.document(file)
    except ConfigError as error:
        raise _unusable(file, error) from None
    except OSError as error:
        raise show.Failed(f"{file}: {error.strerror or error}", show.REFUSED) from None
    if offline or not _is_accepted(session, tree, file):
        _check_here(file)
        session.show({"result": 0}, lambda: f"{file}: the configuration can be used")
    if not offline and any(find.peers(tree.get("Dhcp4", {}) if isinstance(tree, dict) else {})):
        _note_partner(session, file)


def _is_accepted(session: Session, tree: object, file: str) -> bool:
    """Ask the server; False: it does not permit that here. Raises Refused or Failed for a file that it rejects."""
    try:
        session.said(session.ask("config-test", tree))
    except Refused as error:
        if error.result in FORBIDDEN:
            show.note("the server permits no config-test here: the file is checked by keadhcp-ctl alone")
            return False
        # a command has no places in a file; the same check here has
        _check_here(file, str(error))
        raise
    return True


def _note_partner(session: Session, file: str) -> None:
    """Say whether the partner has another configuration than the file."""
    partner = next(iter(gather(session).nodes[1:]), None)
    if partner is None or not partner.common:
        return
    with suppress(ConfigError, OSError):
        common = common_part(in_full(configuration.load(_read(file), file, _read)))
        found = [each for each in differences(common, partner.common) if partner.is_ours or not each.is_default]
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            show.note(
                f"{partner.name} runs with another configuration than this file: {found[0]}{more}; "
                "its file needs the change, too"
            )


def _check_here(file: str, refusal: str = "the configuration cannot be used") -> None:
    """The check of this version, with file, line and column of each fault."""
    try:
        settings = configuration.load(_read(file), file, _read)
    except ConfigError as error:
        raise _unusable(file, error, refusal) from None
    for problem in settings.warnings:
        show.note(f"warning: {problem}")


def _unusable(file: str, error: ConfigError, refusal: str = "the configuration cannot be used") -> show.Failed:
    text = _read(file)
    found = "\n".join(configuration.format_problem(problem, text) for problem in error.problems)
    return show.Failed(f"{refusal}\n{found}", show.REFUSED)


@config.command()
@session
@friendly
def compare(session: Session) -> None:
    """List the differences between the configurations of the two partners, but for what must differ.

    Exit status 1 if there are any.
    """
    picture = gather(session)
    if picture.pair is None or not all(node.common for node in picture.pair):
        reason = next((f"{each.name}: {each.trouble}" for each in picture.nodes if each.trouble), "")
        raise show.Failed(reason or "a partner does not show its configuration, or there is none", show.REFUSED)
    first, second = picture.pair
    found = differences(first.common, second.common)
    rows = [{"place": str(each), first.name: each.first, second.name: each.second} for each in found]
    cells = [(str(each), shown(each.first), shown(each.second)) for each in found]
    session.show(rows, lambda: show.table(("place", first.name, second.name), cells) if cells else "no difference")
    if found:
        raise SystemExit(show.REFUSED)


@config.command()
@session
@friendly
def reload(session: Session) -> None:
    """Let the server read its configuration file again."""
    session.said(session.ask("config-reload"))
    if any(find.peers(session.tree)):
        _note_differences(session)


def _note_differences(session: Session) -> None:
    """Say whether the partner has another configuration: what was changed may be meant for both."""
    picture = gather(session)
    if picture.pair is None or not all(node.common for node in picture.pair):
        return
    first, second = picture.pair
    found = differences(first.common, second.common)
    if found:
        show.note(
            f"{second.name} has another configuration in {len(found)} places, the first is {found[0]}: change its file "
            "and reload it, too; keadhcp-ctl config compare lists them"
        )


@config.command()
@click.argument("path", default="")
@session
@friendly
def get(session: Session, path: str) -> None:
    """The configuration in force, or what is at PATH: "subnet4.0.pools"."""
    value: Json = session.ask("config-get").arguments
    for step in path.split(".") if path else ():
        if isinstance(value, dict) and "Dhcp4" in value and step not in value:
            value = value["Dhcp4"]
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise show.Failed(f"no '{step}' in '{path}'", show.NOT_FOUND) from None
    show.as_json(value)


@config.command()
@click.argument("filename", default="")
@click.option("--yes", is_flag=True, help="Do not ask before a file is replaced.")
@click.option("--backup/--no-backup", default=True, help="Keep a copy of a file that is replaced [default: keep].")
@session
@friendly
def write(session: Session, filename: str, yes: bool, backup: bool) -> None:
    """Let the server write its configuration, to FILENAME beside its own file or over that.

    What the server writes has no comments. A file on this machine that is replaced is kept as FILE.bak-DATE.
    """
    target = _target(session.file.path, filename)
    replaces = os.path.exists(target) if target else not filename
    if replaces and not yes:
        what = target or "the server's own configuration file"
        click.confirm(show.printable(f"Replace {what}? Its comments will be lost"), abort=True, err=True)
    if replaces and target and backup:
        show.note(f"the old file is kept as {_keep(target)}")
    # named in full, so that no other file than the one above is replaced, should the server run with another
    name = filename or os.path.abspath(target) if target else filename
    session.said(session.ask("config-write", {"filename": name} if name else None))


def _target(own: str, filename: str) -> str:
    """The path a server writes to whose own file is known, "" for one that is not."""
    return os.path.join(os.path.dirname(own), filename) if own and filename else own


def _keep(path: str) -> str:
    """Copy a file that will be replaced, with its mode, and return the copy's path."""
    copy = f"{path}.bak-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        shutil.copy2(path, copy)
    except OSError as error:
        text = f"{copy}: {error.strerror}; nothing was written, --no-backup does without a copy"
        raise show.Failed(text, show.REFUSED) from None
    return copy


@click.command()
@click.argument("name", default="")
@session
@friendly
def stats(session: Session, name: str) -> None:
    """The statistics whose names begin with NAME, or all."""
    found = session.ask("statistic-get-all").arguments
    matching = {key: samples for key, samples in sorted(found.items()) if key.startswith(name) and samples}
    values = {key: samples[0][0] for key, samples in matching.items()}
    if not values:
        raise show.Failed(f"no statistic begins with '{name}'", show.NOT_FOUND)
    session.show(values, lambda: show.table(("statistic", "value"), list(values.items())))


@click.group()
def maintenance() -> None:
    """Take the partner of this server out of service, and back."""


@maintenance.command()
@session
@friendly
def start(session: Session) -> None:
    """Let the server that is asked serve alone, so that its partner can be shut down."""
    session.said(session.ask("ha-maintenance-start"))


@maintenance.command()
@session
@friendly
def cancel(session: Session) -> None:
    """Call maintenance off."""
    session.said(session.ask("ha-maintenance-cancel"))


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()
