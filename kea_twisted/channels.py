"""Every way by which commands come in: control sockets, and the port for the HA partner.

A change of configuration is made in two steps, because the command that asks for it came in by one of them:
``prepare`` does all that can fail and disturbs nobody, ``Change.commit`` then cannot fail. What is wanted
before and after stays open throughout, and a connection whose command is being carried out is answered.

A control socket that cannot be opened at the start is tried again: ``service-sockets-max-retries`` times in
Kea's rhythm, later every few seconds, so that an address which appears late is served.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.adapters.controlfiles import ControlFiles, members, options
from kea_twisted.adapters.httpchannel import Dispatch, Permits
from kea_twisted.adapters.unixchannel import UnixChannel, UnixListener
from kea_twisted.adapters.weblistener import Door, WebListener
from kea_twisted.commands.registry import PARTNER_MAY
from kea_twisted.config.model import ControlSocket, InterfacesConfig, Settings
from kea_twisted.errors import ConfigError, Problem
from kea_twisted.ha.settings import HaSettings

WATCH_INTERVAL: Final = 2.0  # seconds

Key = str | tuple[str, int]  # the path of a unix socket, or address and port
Listener = UnixListener | WebListener


class Wanted(NamedTuple):
    """Something to listen on: a control socket, the port for HA partners, or both in one."""

    socket: ControlSocket | None
    partners: tuple[HaSettings, ...] = ()


class Change(NamedTuple):
    """A change that is ready to be made, or to be called off."""

    commit: Callable[[], None]
    cancel: Callable[[], None]


class Channels:
    """The open channels of one server. ``dispatch`` carries out a request and never raises."""

    def __init__(self, reactor: Any, dispatch: Dispatch, files: ControlFiles, log: Any) -> None:
        self._reactor = reactor
        self._dispatch = dispatch
        self._files = files
        self._log = log
        self._open: dict[Key, Listener] = {}
        self._wanted: dict[Key, Wanted] = {}
        self._failed: dict[Key, str] = {}
        self._config = InterfacesConfig()
        self._attempts = 0
        self._timer: Any = None

    @property
    def complaints(self) -> list[str]:
        """The control sockets that are configured and not open, with the reason."""
        return list(self._failed.values())

    @property
    def is_retrying(self) -> bool:
        """Whether the attempts that are configured go on."""
        return bool(self._failed) and self._attempts < self._config.service_sockets_max_retries

    def prepare(
        self, settings: Settings, partners: Sequence[HaSettings] = (), *, starting: bool = False
    ) -> Change:
        """Open what is new. ConfigError: it cannot be done, and nothing has changed.

        At the start a control socket may fail; the partner's port must open.
        """
        wanted = self._wanted_by(settings, partners)
        doors: dict[Key, Door] = {key: _door(one) for key, one in wanted.items() if isinstance(key, tuple)}
        fresh: dict[Key, Listener] = {}
        failed: dict[Key, str] = {}
        for key, one in wanted.items():
            if key in self._open:
                continue
            try:
                fresh[key] = self._listener(key, doors)
            except OSError as error:
                failed[key] = error.strerror or str(error)
                if one.partners or not (starting or key in self._failed):
                    _close(fresh)
                    place = one.socket.place if one.socket is not None else None
                    raise ConfigError([Problem(place, f"control socket: {failed[key]}")]) from error

        def commit() -> None:
            self._use(wanted, doors, fresh, failed)
            self._config = settings.interfaces_config
            self._retry_later()

        return Change(commit, lambda: _close(fresh))

    async def close(self) -> None:
        """End everything at once; all files are removed when it returns."""
        self._cancel_timer()
        ending = [listener.close(at_once=True) for listener in self._open.values()]
        self._open, self._wanted, self._failed = {}, {}, {}
        for ended in ending:
            if ended is not None:
                await ended

    def _wanted_by(self, settings: Settings, partners: Sequence[HaSettings]) -> dict[Key, Wanted]:
        wanted: dict[Key, Wanted] = {}
        for socket in settings.control_sockets:
            key = self._files.path(socket) if socket.kind == "unix" else (socket.address, socket.port)
            wanted[key] = Wanted(socket)
        for partner in partners:
            url = partner.me.url
            there = wanted.get((url.host, url.port), Wanted(None))
            if there.socket is not None and there.socket.tls is not None:
                text = f"the control socket at {url.host} port {url.port} has TLS, but {url.text} does not"
                raise ConfigError([Problem(there.socket.place, text)])
            wanted[(url.host, url.port)] = there._replace(partners=(*there.partners, partner))
        return wanted

    def _listener(self, key: Key, doors: dict[Key, Door]) -> Listener:
        reactor, log = self._reactor, self._log
        if isinstance(key, str):
            listener = UnixListener(reactor, key, UnixChannel(self._dispatch, log, reactor))
            self._say(E.COMMAND_ACCEPTOR_START, key)
            return listener
        return WebListener(reactor, *key, doors[key], self._dispatch, log)

    def _use(
        self,
        wanted: dict[Key, Wanted],
        doors: dict[Key, Door],
        fresh: dict[Key, Listener],
        failed: dict[Key, str],
    ) -> None:
        for key in [key for key in self._open if key not in wanted]:
            self._open.pop(key).close()
        for key, listener in self._open.items():
            if isinstance(listener, WebListener):
                listener.use(doors[key])
        self._open.update(fresh)
        self._wanted, self._failed, self._attempts = wanted, failed, 0
        for text in failed.values():
            self._say(E.COMMAND_SOCKET_OPEN_FAIL, text)
        for one in wanted.values():
            if one.socket is not None and one.socket.is_open_to_all:
                where = f"{one.socket.address} port {one.socket.port}"
                self._say(E.COMMAND_HTTP_SOCKET_SECURITY_WARNING, where)

    # --- what could not be opened ---------------------------------------------------------------------------

    def _retry_later(self) -> None:
        self._cancel_timer()
        if self._failed:
            milliseconds = self._config.service_sockets_retry_wait_time
            delay = milliseconds / 1000 if self.is_retrying else WATCH_INTERVAL
            self._timer = self._reactor.callLater(delay, self._retry)

    def _retry(self) -> None:
        self._timer = None
        self._attempts += 1
        for key, before in list(self._failed.items()):
            try:
                self._open[key] = self._listener(key, {key: _door(self._wanted[key])})
                del self._failed[key]
            except (OSError, ConfigError) as error:
                text = getattr(error, "strerror", None) or str(error)
                self._failed[key] = text
                if text != before or self.is_retrying:
                    self._say(E.COMMAND_SOCKET_OPEN_FAIL, text)
        self._retry_later()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _door(wanted: Wanted) -> Door:
    """Who may come in: whoever the control socket or the partners' port alone would let in.

    ConfigError when a file of the control socket cannot be used.
    """
    socket, partners = wanted
    try:
        known = members(socket.authentication) if socket is not None else None
        tls = options(socket) if socket is not None else None
    except ValueError as error:
        raise ConfigError([Problem(socket.place if socket is not None else None, str(error))]) from None
    permits: Permits = PARTNER_MAY.__contains__ if partners else _nothing
    if socket is not None and known is None:
        permits = _everything
    if not all(partner.restrict_commands for partner in partners):
        permits = _everything
    return Door(permits, known, socket.headers if socket is not None else (), tls)


def _everything(name: str) -> bool:
    return True


def _nothing(name: str) -> bool:
    return False


def _close(listeners: dict[Key, Listener]) -> None:
    for listener in listeners.values():
        listener.close()
