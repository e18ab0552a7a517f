"""keadhcp-ctl config, stats and maintenance."""

from __future__ import annotations

from typing import Any

import click

from kea_twisted import config as configuration
from kea_twisted.ctl import find, show
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.errors import ConfigError


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
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
        tree = find.document(file)
        if offline:
            configuration.load(text, file, _read)
    except ConfigError as error:
        found = "\n".join(configuration.format_problem(problem, text) for problem in error.problems)
        raise show.Failed(f"the configuration cannot be used\n{found}", show.REFUSED) from None
    except (OSError, UnicodeDecodeError) as error:
        raise show.Failed(f"{file}: {getattr(error, 'strerror', None) or error}", show.REFUSED) from None
    if offline:
        session.show({"result": 0}, lambda: f"{file}: the configuration can be used")
    else:
        session.said(session.ask("config-test", tree))


@config.command()
@session
@friendly
def reload(session: Session) -> None:
    """Let the server read its configuration file again."""
    session.said(session.ask("config-reload"))


@config.command()
@click.argument("path", default="")
@session
@friendly
def get(session: Session, path: str) -> None:
    """The configuration in force, or what is at PATH: "subnet4.0.pools"."""
    value: Any = session.ask("config-get").arguments
    for step in path.split(".") if path else ():
        if isinstance(value, dict) and "Dhcp4" in value and step not in value:
            value = value["Dhcp4"]
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise show.Failed(f"there is no '{step}' in '{path}'", show.NOT_FOUND) from None
    show.as_json(value)


@config.command()
@click.argument("filename", default="")
@session
@friendly
def write(session: Session, filename: str) -> None:
    """Let the server write its configuration, to FILENAME beside its own file or over that."""
    session.said(session.ask("config-write", {"filename": filename} if filename else None))


@click.command()
@click.argument("name", default="")
@session
@friendly
def stats(session: Session, name: str) -> None:
    """The statistics whose names begin with NAME, or all."""
    found = session.ask("statistic-get-all").arguments
    wanted = {key: samples for key, samples in sorted(found.items()) if key.startswith(name) and samples}
    values = {key: samples[0][0] for key, samples in wanted.items()}
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
    with open(path, encoding="utf-8") as file:
        return file.read()
