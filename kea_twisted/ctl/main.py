"""keadhcp-ctl: the options all commands have, and the commands."""

from __future__ import annotations

import json
import os
import sys
from typing import TextIO

import click

from kea_twisted import __version__
from kea_twisted.ctl import (
    doctor,
    explain,
    find,
    leases,
    reservations,
    samples,
    settings,
    show,
    status,
    transfer,
    watch,
)
from kea_twisted.ctl.session import Session, friendly, session

EPILOG = (
    "Exit status: 0 done, 1 the server refused or failed, 2 wrong usage, 3 nothing found, "
    "4 the server cannot be reached."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--socket", default="", envvar="KEADHCP_SOCKET", metavar="PATH", help="Unix socket of a server.")
@click.option("--url", default="", envvar="KEADHCP_URL", help="http or https URL of a server.")
@click.option(
    "--config", default="", envvar="KEADHCP_CONFIG", metavar="FILE", type=click.Path(),
    help="Configuration file of a server, whose control socket is used when neither of the above is given "
    f"[default: {' or '.join(find.PLACES)}].",
)  # fmt: skip
@click.option("--user", default="", envvar="KEADHCP_USER", help="Name for basic authentication.")
@click.option(
    "--password-file", type=click.File(), envvar="KEADHCP_PASSWORD_FILE",
    help="File with the password in its first line; or KEADHCP_PASSWORD has it.",
)  # fmt: skip
@click.option("--trust-anchor", default="", metavar="FILE", help="Certificate authority for https.")
@click.option("--cert", default="", metavar="FILE", help="Our certificate for https.")
@click.option("--key", default="", metavar="FILE", help="Our private key for https.")
@click.option("--timeout", default=10.0, show_default=True, help="Seconds to wait for an answer.")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@click.version_option(__version__, "-V", "--version", message="%(version)s")
@click.pass_context
def main(
    context: click.Context, socket: str, url: str, config: str, user: str, password_file: TextIO | None,
    trust_anchor: str, cert: str, key: str, timeout: float, as_json: bool,
) -> None:  # fmt: skip
    """Look at and control a DHCP server and its High Availability partner."""
    if socket and url:
        raise click.UsageError("--socket and --url exclude each other")
    if url and not url.startswith(("http://", "https://")):
        raise click.UsageError("--url must begin with http:// or https://")
    password = os.environ.get("KEADHCP_PASSWORD", "")
    if password_file is not None:
        password = password_file.readline().rstrip("\n")
    elif user and not password and sys.stdin.isatty():
        password = click.prompt(f"Password of {user}", hide_input=True, err=True)
    access = find.Access(timeout, user, password, trust_anchor, cert, key)
    context.obj = Session(socket, url, config, access, as_json)


def _names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """The commands of the server, for the shell's completion."""
    above = context.find_root().params
    where = [above.get(name) or "" for name in ("socket", "url", "config")]
    try:
        seeker = Session(where[0], where[1], where[2], find.Access(timeout=1.0), True)
        return [name for name in seeker.ask("list-commands").arguments if name.startswith(begun)]
    except Exception:  # completion has nowhere to complain
        return []


@main.command("command")
@click.argument("name", shell_complete=_names)
@click.argument("arguments", default="")
@session
@friendly
def raw(session: Session, name: str, arguments: str) -> None:
    """Send any command; ARGUMENTS is JSON, "-" reads it from standard input."""
    text = sys.stdin.read() if arguments == "-" else arguments
    try:
        value = json.loads(text) if text.strip() else None
    except ValueError as error:
        raise click.UsageError(f"the arguments are not JSON: {error}") from None
    answer = session.send(name, value)
    if session.as_json:
        show.as_json(answer)
        answer.checked()
    elif "arguments" in answer.checked():
        if answer.get("text"):
            click.echo(show.printable(str(answer["text"])), err=True)
        show.as_json(answer["arguments"])
    else:
        show.say(str(answer.get("text") or f"result {answer.get('result')}"))
    if answer.is_empty:
        raise SystemExit(show.NOT_FOUND)


leases.leases.add_command(transfer.dump)
leases.leases.add_command(transfer.upload)
for group in (
    doctor.check,
    doctor.doctor,
    explain.explain,
    leases.leases,
    reservations.reservations,
    samples.sample,
    settings.config,
    settings.maintenance,
    settings.stats,
    status.status,
    watch.watch,
):
    main.add_command(group)


def run() -> None:
    """The console script."""
    main(prog_name="keadhcp-ctl")
