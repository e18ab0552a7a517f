"""What every command of keadhcp-ctl works with: the server, and how to show what it says."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from kea_twisted.ctl import find, show
from kea_twisted.ctl.channel import Answer, Channel, Refused, UnixChannel, Unreachable
from kea_twisted.errors import ConfigError


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
        path = self._config
        if not path and not self._socket and not self._url:
            path = next((path for path in find.PLACES if os.access(path, os.R_OK)), "")
        try:
            return find.read(path) if path else {}
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        except ConfigError as error:
            raise click.UsageError(str(error)) from None

    @property
    def channel(self) -> Channel:
        """The way to the server."""
        if self._channel is None:
            self._channel = self._find()
        return self._channel

    def ask(self, command: str, arguments: Any = None) -> Answer:
        """The server's answer, a success or "nothing found"."""
        return self.channel.ask(command, arguments).checked()

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
            raise click.UsageError(
                "no control socket is configured, or no configuration file was found: "
                "say --socket PATH, --url URL or --config FILE"
            )
        return found


session = click.make_pass_decorator(Session)


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
