"""The session that every command of keadhcp-ctl works with: the server and the output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, wraps

import click

from kea_twisted.ctl import find, show
from kea_twisted.ctl.channel import (
    UNSUPPORTED,
    Answer,
    Channel,
    FirstChannel,
    Refused,
    Unanswered,
    UnixChannel,
    Unreachable,
)
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.lookup import library_of


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
        """Return the configuration file as far as it can be read."""
        return self.file.tree

    @cached_property
    def file(self) -> find.File:
        """The configuration file that is named; without any way to a server, the one that is installed."""
        if self._config:
            return find.read(self._config)
        return find.File() if self._socket or self._url else find.installed()

    @property
    def channel(self) -> Channel:
        """The way to the server."""
        if self._channel is None:
            self._channel = self._find()
        return self._channel

    def send(self, command: str, arguments: object = None) -> Answer:
        """The server's answer, whatever its result; Unreachable."""
        try:
            return self.channel.ask(command, arguments)
        except Unanswered as error:
            raise error.of(command) from None

    def ask(self, command: str, arguments: object = None) -> Answer:
        """The server's answer, a success or "nothing found"; Refused, Unreachable."""
        try:
            return self.send(command, arguments).checked()
        except Refused as error:
            library = library_of(command) if error.result == UNSUPPORTED else ""
            if not library:
                raise
            text = f"{error} It comes with {library}.so, which must stand in the server's hooks-libraries."
            raise Refused(text, error.result) from None

    def show(self, value: object, text: Callable[[], str]) -> None:
        """JSON or text, as wanted."""
        if self.as_json:
            show.as_json(value)
        else:
            show.say(text())

    def said(self, answer: Answer) -> None:
        """Show the answer of the server to a change."""
        if answer.is_empty:
            raise show.Failed(str(answer.get("text", "nothing found")), show.NOT_FOUND)
        self.show(answer, lambda: str(answer.get("text") or "done"))

    @property
    def dhcp4(self) -> dict[str, Json]:
        """The configuration in force."""
        found = self.ask("config-get").arguments.get("Dhcp4", {})
        return found if isinstance(found, dict) else {}

    def _find(self) -> Channel:
        if self._socket:
            return UnixChannel(self._socket, self.access.timeout)
        try:
            if self._url:
                return find.http_channel(self._url, self.access)
            socket = find.control_channel(self.tree, self.access)
            found = self._listener() if socket is None else FirstChannel([socket], show.note, self._elsewhere)
        except OSError as error:
            raise click.UsageError(f"TLS: {error.strerror or error}") from None
        if found is None:
            found = self._in_run_folder()
        if self.file.trouble:
            show.note(f"{self.file.trouble}; asking the server at {found.name}")
        return found

    def _elsewhere(self) -> Iterator[Channel]:
        """The server of the file where the file does not say it is: it runs with what stood in the file before."""
        with suppress(OSError):
            found = [each for each in find.run_folder_channels(self.access) if find.is_of(each, self.tree)]
            if len(found) == 1:
                yield found[0]
        with suppress(OSError):
            yield from find.own_listener(self.tree, self.access)

    def _listener(self) -> Channel | None:
        """The listeners of the HA pair, which are there without a control socket, too."""
        channels = list(find.listeners(self.tree, self.access))
        if not channels:
            return None
        if not self.file.trouble:
            show.note(
                f"{self.file.path} has no 'control-sockets': asking the HA pair, which permits a partner's commands"
            )
        return FirstChannel(channels, show.note)

    def _in_run_folder(self) -> Channel:
        """The server whose file says nothing of it, because the file is broken, closed or elsewhere. UsageError."""
        file = self.file
        looked = file.trouble or f"{file.path} has no 'control-sockets'"
        if not file.path:
            looked = f"there is no {' and no '.join(find.PLACES)}"
        found: list[Channel] = []
        if not file.path or (file.trouble and not file.is_missing):
            try:
                found = find.run_folder_channels(self.access)
            except PermissionError as error:
                looked += f", and {find.socket_folder()}: {error.strerror}"
            except OSError:
                pass  # no folder, no server in it
        if len(found) == 1:
            return found[0]
        if found:
            looked += f", and there are several servers: {', '.join(each.name for each in found)}"
        raise click.UsageError(show.printable(f"{looked}: say --socket PATH, --url URL or --config FILE"))


session = click.make_pass_decorator(Session)


def friendly(function: Callable[..., object]) -> Callable[..., object]:
    """A command whose failures end the program with a sentence and the right status."""

    @wraps(function)
    def run(*arguments: object, **options: object) -> object:
        try:
            return function(*arguments, **options)
        except Unreachable as error:
            raise show.Failed(str(error), show.UNREACHABLE) from None
        except Refused as error:
            raise show.Failed(str(error), show.REFUSED) from None

    return run
