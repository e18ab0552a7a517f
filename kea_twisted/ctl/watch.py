"""keadhcp-ctl watch: a command again and again, as watch(1) does."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

import click

from kea_twisted.ctl.session import Session, session

_CLEAR = "\x1b[H\x1b[2J"


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("-n", "--interval", type=click.FloatRange(0.1), default=2.0, show_default=True, help="Seconds between.")
@click.option("--count", type=click.IntRange(1), help="End after so many times.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND...]")
@session
@click.pass_context
def watch(context: click.Context, session: Session, interval: float, count: int | None, words: tuple[str, ...]) -> None:
    """Repeat a command until Ctrl-C [default: status]. A failure is shown, and the next attempt follows."""
    done = 0
    with suppress(KeyboardInterrupt):
        while True:
            _show(context, words or ("status",))
            done += 1
            if done == count:
                return
            time.sleep(interval)


def _show(context: click.Context, words: tuple[str, ...]) -> None:
    """Carry out the command once, on an empty screen where there is one."""
    click.echo(_CLEAR if sys.stdout.isatty() else "", nl=False)
    click.echo(f"{time.strftime('%H:%M:%S')} keadhcp-ctl {' '.join(words)}")
    above = context.parent
    assert above is not None and isinstance(above.command, click.Group)
    command = above.command.get_command(above, words[0])
    if command is None or command is context.command:
        raise click.UsageError(f"no command '{words[0]}' to repeat")
    try:
        with command.make_context(words[0], list(words[1:]), parent=above) as inside:
            command.invoke(inside)
    except click.UsageError:
        raise
    except click.ClickException as error:
        error.show()
    except (SystemExit, click.exceptions.Exit):
        pass  # the status of doctor, or --help
