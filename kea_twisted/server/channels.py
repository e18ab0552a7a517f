"""Every way by which commands come in: control sockets, and the ports for HA partners.

A change of configuration is made in two steps, because the command that asks for it came in by one of them:
``prepare`` does all that can fail and changes nothing, ``Change.commit`` then cannot fail. What is wanted
before and after stays open throughout, and a connection whose command is being carried out is answered.

A control socket that cannot be opened at the start is tried again: ``service-sockets-max-retries`` times in
Kea's rhythm, later every few seconds, so that an address which appears late is served.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from kea_twisted import events as E
from kea_twisted.adapters.control.access import (
    MAX_REQUEST,
    AccessPolicy,
    Dispatch,
    Logins,
    Permits,
    everything,
    nothing,
)
from kea_twisted.adapters.control.controlfiles import ControlFiles, login_of, logins
from kea_twisted.adapters.control.pages import METRICS_PATH, NO_PAGES, WEB, Pages
from kea_twisted.adapters.control.unixchannel import UnixChannel, UnixListener
from kea_twisted.adapters.hooklibraries.rbac import rules_in
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.controlsockets import REALM
from kea_twisted.config.model import ControlSocket, InterfacesConfig, Settings, TlsFiles
from kea_twisted.errors import ConfigError, Problem
from kea_twisted.interfaces import Log, Timer
from kea_twisted.libraries.rbac.roles import Rules

if TYPE_CHECKING:
    from twisted.internet.ssl import CertificateOptions

    from kea_twisted.adapters.control.weblistener import WebListener
    from kea_twisted.ha.settings import HaSettings

    Listener = UnixListener | WebListener

WATCH_INTERVAL: Final = 2.0  # seconds

Key = str | tuple[str, int]  # the path of a unix socket, or address and port


class DesiredChannel(NamedTuple):
    """Something to listen on: a control socket, the port for HA partners, or both in one."""

    socket: ControlSocket | None
    partners: tuple[HaSettings, ...] = ()


class Change(NamedTuple):
    """A change that is ready to be made, or to be called off."""

    commit: Callable[[], None]
    cancel: Callable[[], None]


class Channels:
    """The open channels of one server.

    ``commands`` gives what carries out a request and never raises; it is asked when a channel is opened.
    ``partner_may`` tells the commands that an HA partner may send where ``restrict-commands`` is true. ``pages`` gives
    the pages of HTTP ports.
    """

    def __init__(
        self,
        reactor: Reactor,
        commands: Callable[[], Dispatch],
        files: ControlFiles,
        log: Log,
        partner_may: Permits,
        pages: Callable[[], Pages] = lambda: NO_PAGES,
    ) -> None:
        self._reactor = reactor
        self._pages = pages
        self._partner_may = partner_may
        self._commands = commands
        self._files = files
        self._log = log
        self._open: dict[Key, Listener] = {}
        self._desired: dict[Key, DesiredChannel] = {}
        self._failed: dict[Key, str] = {}
        self._config = InterfacesConfig()
        self._roles: Rules | None = None
        self._attempts = 0
        self._timer: Timer | None = None

    @property
    def complaints(self) -> list[str]:
        """The control sockets that are configured and not open, with the reason."""
        return list(self._failed.values())

    @property
    def is_retrying(self) -> bool:
        """True while the configured attempts continue."""
        return bool(self._failed) and self._attempts < self._config.service_sockets_max_retries

    def prepare(
        self,
        settings: Settings,
        partners: Sequence[HaSettings] = (),
        addresses: Mapping[str, str] = MappingProxyType({}),
        *,
        starting: bool = False,
    ) -> Change:
        """Open what is new. ConfigError: it cannot be done, and nothing has changed.

        ``addresses`` are those of the host names in this server's own URLs. At the start a control socket may
        fail; a partner's port must open.
        """
        desired, roles = self._desired_by(settings, partners, addresses), rules_in(settings)
        policies: dict[Key, AccessPolicy] = {
            key: _policy(one, self._partner_may, roles) for key, one in desired.items() if isinstance(key, tuple)
        }
        fresh: dict[Key, Listener] = {}
        failed: dict[Key, str] = {}
        for key, one in desired.items():
            if key in self._open:
                continue
            try:
                fresh[key] = self._listener(key, policies)
            except OSError as error:
                failed[key] = error.strerror or str(error)
                if one.partners and error.errno == errno.EADDRNOTAVAIL:
                    failed[key] += elsewhere(one.partners[0])
                if one.partners or not (starting or key in self._failed):
                    _close(fresh)
                    place = one.socket.place if one.socket is not None else None
                    raise ConfigError([Problem(place, f"{_title(one)}: {failed[key]}")]) from error

        def commit() -> None:
            self._use(desired, policies, fresh, failed)
            self._config, self._roles = settings.interfaces_config, roles
            self._retry_later()

        return Change(commit, lambda: _close(fresh))

    async def close(self) -> None:
        """End everything at once; all files are removed when it returns."""
        self._cancel_timer()
        ending = [listener.close(at_once=True) for listener in self._open.values()]
        self._open, self._desired, self._failed = {}, {}, {}
        for ended in ending:
            if ended is not None:
                await ended

    def _desired_by(
        self, settings: Settings, partners: Sequence[HaSettings], addresses: Mapping[str, str]
    ) -> dict[Key, DesiredChannel]:
        desired: dict[Key, DesiredChannel] = {}
        for socket in settings.control_sockets:
            key = self._files.path(socket) if socket.kind == "unix" else (socket.address, socket.port)
            desired[key] = DesiredChannel(socket)
        for partner in partners:
            url = partner.me.url
            address = addresses.get(url.host, url.host)
            there = desired.get((address, url.port), DesiredChannel(None))
            place = there.socket.place if there.socket is not None else None
            others = [each.me.tls for each in there.partners]
            if there.socket is not None:
                others = [there.socket.tls]
            if others and others[0] != partner.me.tls:
                text = f"{url.text} and what else listens at {address} port {url.port} differ in TLS"
                raise ConfigError([Problem(place, text)])
            desired[(address, url.port)] = there._replace(partners=(*there.partners, partner))
        return desired

    def _listener(self, key: Key, policies: dict[Key, AccessPolicy]) -> Listener:
        reactor, log = self._reactor, self._log
        if isinstance(key, str):
            listener = UnixListener(reactor, key, UnixChannel(self._commands(), log, reactor))
            self._say(E.COMMAND_ACCEPTOR_START, key)
            return listener
        from kea_twisted.adapters.control.weblistener import WebListener  # HTTP is for who uses it

        return WebListener(reactor, *key, policies[key], self._commands(), log, self._pages())

    def _use(
        self,
        desired: dict[Key, DesiredChannel],
        policies: dict[Key, AccessPolicy],
        fresh: dict[Key, Listener],
        failed: dict[Key, str],
    ) -> None:
        for key in [key for key in self._open if key not in desired]:
            self._open.pop(key).close()
        for key, listener in self._open.items():
            if isinstance(key, tuple):
                cast("WebListener", listener).use(policies[key])
        self._open.update(fresh)
        self._desired, self._failed, self._attempts = desired, failed, 0
        for text in failed.values():
            self._say(E.COMMAND_SOCKET_OPEN_FAIL, text)
        for one in desired.values():
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
                policy = _policy(self._desired[key], self._partner_may, self._roles)
                self._open[key] = self._listener(key, {key: policy})
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


def elsewhere(partner: HaSettings) -> str:
    """Return the remedy for a relationship whose own URL is not of this machine."""
    from kea_twisted.adapters.partner.identity import this_host  # for servers that have a partner
    from kea_twisted.ha.ownname import nowhere

    identity, me = this_host(), partner.me
    own = [peer.label for peer in partner.peers if not peer.url.is_anywhere and identity.has(peer.url)]
    if not own:
        return f"; {nowhere(me.name, {me.name: me.url}, identity)}"
    return (
        f"; 'this-server-name' says that this server is '{me.name}' at {me.url.text}: set it to the name of the peer "
        f"whose URL is of this machine ({own[0]}), in each server's file to another one"
    )


def _policy(desired: DesiredChannel, partner_may: Permits, roles: Rules | None) -> AccessPolicy:
    """The access rules of a port: it permits what the control socket or the partners' port alone would permit.

    Raises ConfigError when a file cannot be used.
    """
    socket, partners = desired
    try:
        known = logins(socket.authentication) if socket is not None else None
        files = socket.tls if socket is not None else partners[0].me.tls
        tls = _tls(files) if files is not None else None
        permits, known = _for_partners(partners, known, partner_may)
    except ValueError as error:
        raise ConfigError([Problem(socket.place if socket is not None else None, str(error))]) from None
    open_to_all = socket is not None and socket.authentication is None
    return AccessPolicy(
        everything if open_to_all else permits,
        known,
        socket.headers if socket is not None else (),
        tls,
        trusted=open_to_all or (files is not None and files.cert_required and not known),
        partners=_addresses(partners),
        max_request=(socket.max_request if socket is not None else 0) or MAX_REQUEST,
        pages=frozenset(_pages(socket)),
        roles=roles,
    )


def _pages(socket: ControlSocket | None) -> Iterator[bytes]:
    """Yield the pages that are switched on at a control socket; other ports have none that show something."""
    if socket is not None and socket.metrics:
        yield METRICS_PATH
    if socket is not None and socket.web:
        yield WEB


def _addresses(partners: Sequence[HaSettings]) -> frozenset[str]:
    """The addresses from which HA partners send; those with a host name have no share of their own."""
    peers = (peer for each in partners for peer in each.peers if peer is not each.me)
    return frozenset(peer.url.host for peer in peers if not peer.url.is_named)


def _tls(files: TlsFiles) -> CertificateOptions:
    from kea_twisted.adapters.system.tls import server_options  # OpenSSL is for who uses it

    return server_options(files)


def _for_partners(
    partners: Sequence[HaSettings], known: Logins | None, partner_may: Permits
) -> tuple[Permits, Logins | None]:
    """Return the access rules: commands for all, more for users of a control socket and for partners that log in."""
    without_login: Permits = nothing
    users = dict(known.users) if known is not None else {}
    limits: dict[bytes, Permits] = {}
    for partner in partners:
        permits = partner_may if partner.restrict_commands else everything
        login = login_of(partner.me.login)
        if login is None:
            without_login = everything if without_login is everything else permits
        elif login not in users:
            users[login] = partner.this_server_name
            if partner.restrict_commands:
                limits[login] = permits
    if not users:
        return without_login, None
    return without_login, Logins(known.realm if known is not None else REALM, users, limits)


def _title(desired: DesiredChannel) -> str:
    """Return the name of what failed to open: a control socket, or the URL at which HA partners ask this server."""
    if desired.socket is None and desired.partners:
        me = desired.partners[0].me
        return f"this server's own peer '{me.name}' of high availability cannot listen at its url {me.url.text}"
    return "control socket"


def _close(listeners: dict[Key, Listener]) -> None:
    for listener in listeners.values():
        listener.close()
