"""What every command of keadhcp-ctl works with: the server, and how to show what it says."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import click

from kea_twisted.ctl import find, show
from kea_twisted.ctl.channel import UNSUPPORTED, Answer, Channel, Refused, UnixChannel, Unreachable
from kea_twisted.errors import ConfigError

_LIBRARIES: Final = {
    "lease4-": "libdhcp_lease_cmds",
    "reservation-": "libdhcp_host_cmds",
    "ha-": "libdhcp_ha",
    "stat-": "libdhcp_stat_cmds",
}


class Session:
    """One call of the program."""

    def __init__(self, socket: str, url: str, config: str, access: find.Access, as_json: bool) -> None:
        self.as_json = as_json
        self.access = access
        self._socket = socket
        self._url = url
        self._config = config
        self._channel: Channel | None = None

    @property
    def tree(self) -> find.Tree:
        """The configuration file that is named; without any way to a server, the one that is found."""
        path = self._path
        try:
            return find.read(path) if path else {}
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        except ConfigError as error:
            raise click.UsageError(str(error)) from None

    @property
    def _path(self) -> str:
        """The configuration file to look into, "" for none."""
        if self._config or self._socket or self._url:
            return self._config
        return next((path for path in find.PLACES if os.access(path, os.R_OK)), "")

    @property
    def channel(self) -> Channel:
        """The way to the server."""
        if self._channel is None:
            self._channel = self._find()
        return self._channel

    def ask(self, command: str, arguments: Any = None) -> Answer:
        """The server's answer, a success or "nothing found"; Refused."""
        try:
            return self.channel.ask(command, arguments).checked()
        except Refused as error:
            library = _library_of(command) if error.result == UNSUPPORTED else ""
            if not library:
                raise
            text = f"{error} It comes with {library}.so, which must stand in the server's hooks-libraries."
            raise Refused(text, error.result) from None

    def show(self, value: object, text: Callable[[], str]) -> None:
        """JSON or text, as wanted."""
        if self.as_json:
            show.as_json(value)
        else:
            click.echo(text())

    def said(self, answer: Answer) -> None:
        """What the server said about something it did."""
        if answer.is_empty:
            raise show.Failed(str(answer.get("text", "nothing found")), show.NOT_FOUND)
        self.show(answer, lambda: str(answer.get("text") or "done"))

    def _find(self) -> Channel:
        if self._socket:
            return UnixChannel(self._socket, self.access.timeout)
        try:
            if self._url:
                return find.http_channel(self._url, self.access)
            found = find.control_channel(self.tree, self.access)
        except OSError as error:
            raise click.UsageError(f"TLS: {error.strerror or error}") from None
        if found is None:
            path = self._path
            looked = f"{path} has no 'control-sockets'" if path else f"there is no {' and no '.join(find.PLACES)}"
            raise click.UsageError(f"{looked}: say --socket PATH, --url URL or --config FILE")
        return found


session = click.make_pass_decorator(Session)


def _library_of(command: str) -> str:
    """The hook library that brings a command, "" for none."""
    return next((name for start, name in _LIBRARIES.items() if command.startswith(start)), "")


def friendly(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose failures end the program with a sentence and the right status."""

    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except Unreachable as error:
            raise show.Failed(str(error), show.UNREACHABLE) from None
        except Refused as error:
            raise show.Failed(str(error), show.REFUSED) from None

    return run
