"""Files of control sockets: the unix socket's folder, files with credentials, certificates.

``check`` compares a configuration with it, so that ``-t`` and config-test find what is missing.
"""

from __future__ import annotations

import os
import stat
import sys
from base64 import b64encode
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from kea_twisted.adapters.control.access import Logins
from kea_twisted.adapters.system.folders import Folders, must_lie_in, way_out
from kea_twisted.adapters.system.smallfiles import read_secret
from kea_twisted.config.model import Authentication, ControlClient, ControlSocket, Settings
from kea_twisted.errors import Problems

FOLDER_MODE: Final = 0o750
# sockaddr_un has room for this many bytes, the last of which is 0.
LONGEST_PATH: Final = 107 if sys.platform == "linux" else 103

if TYPE_CHECKING:  # OpenSSL is imported by those that use it
    from twisted.internet.ssl import CertificateOptions


@dataclass(frozen=True)
class ControlFiles:
    """Looks after the files of the control sockets; ``folders.checked`` False is Kea's ``-X``."""

    folders: Folders

    def check(self, settings: Settings, problems: Problems) -> None:
        """Report what of the machine does not fit a configuration."""
        for socket in settings.control_sockets:
            with problems.catching(socket.place):
                if socket.kind == "unix":
                    self.path(socket)
                else:
                    self._must_be_closed(socket)
                    _check_tls(socket, problems)
                    _check_metrics(socket)
            if socket.authentication is not None:
                for client in socket.authentication.clients:
                    with problems.catching(client.place):
                        credentials(client, socket.authentication.directory)

    def path(self, socket: ControlSocket) -> str:
        """Return the full name of a unix socket. Raises ValueError for a folder that Kea would not take."""
        folder = self.folders.sockets
        path = os.path.join(folder, socket.name)
        if self.folders.checked:
            try:
                must_lie_in(socket.name, folder)
            except ValueError as error:
                raise ValueError(f"'socket-name' is invalid: {error} ({way_out('KEA_CONTROL_SOCKET_DIR')})") from None
            _must_be_private(folder)
        if len(os.fsencode(path)) > LONGEST_PATH:
            raise ValueError(f"'socket-name': {path} is longer than {LONGEST_PATH} bytes")
        return path

    def _must_be_closed(self, socket: ControlSocket) -> None:
        if self.folders.checked and socket.is_open_to_all:
            raise ValueError(
                f"any client could send commands to the control socket at {socket.address} port {socket.port}: "
                "add 'authentication' with clients, or 'trust-anchor', 'cert-file' and 'key-file'; or start "
                "the server with -X to allow it"
            )


def logins(found: Authentication | None) -> Logins | None:
    """Return the clients of an HTTP socket, files read; None: there is no authentication. ValueError."""
    if found is None or not found.clients:
        return None
    pairs = [credentials(client, found.directory) for client in found.clients]
    users = {b64encode(f"{user}:{password}".encode()): user for user, password in pairs}
    return Logins(found.realm, users)


def _check_tls(socket: ControlSocket, problems: Problems) -> None:
    """Report each file that cannot be read. Raises ValueError if they do not fit together."""
    if socket.tls is not None:
        from kea_twisted.adapters.system.tls import unreadable  # OpenSSL is for who uses it

        if not unreadable(socket.tls, problems):
            options(socket)


def _check_metrics(socket: ControlSocket) -> None:
    """Load what the page /metrics needs, which may be out of reach later; ValueError if it is not installed."""
    if socket.metrics:
        try:
            import_module("prometheus_client")
        except ImportError:
            raise ValueError(
                "'metrics' in the user-context needs the package prometheus-client, which is not installed: "
                "pip install 'kea-twisted[metrics]'"
            ) from None


def options(socket: ControlSocket) -> CertificateOptions | None:
    """Return the TLS context factory of a socket, None for plain HTTP. Raises ValueError if files cannot be used."""
    if socket.tls is None:
        return None
    from kea_twisted.adapters.system.tls import server_options  # OpenSSL is for who uses it

    return server_options(socket.tls)


def login_of(client: ControlClient | None) -> bytes | None:
    """Return the credentials of a client as a request has them (base64); None: it needs none. ValueError."""
    if client is None:
        return None
    user, password = credentials(client, "")
    return b64encode(f"{user}:{password}".encode())


def credentials(client: ControlClient, directory: str) -> tuple[str, str]:
    """User and password of a client. Raises ValueError if a file cannot be read or lacks the user."""
    user, password = client.user, client.password
    if client.password_file:
        password = read_secret(os.path.join(directory, client.password_file))
    if client.user_file:
        user = read_secret(os.path.join(directory, client.user_file))
    elif not user:
        user, colon, password = password.partition(":")
        if not colon:
            raise ValueError(f"'password-file' {client.password_file}: no user and colon before the password")
    return user, password


def _must_be_private(folder: str) -> None:
    """A missing folder will be made with the right mode."""
    try:
        mode = stat.S_IMODE(os.stat(folder).st_mode)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ValueError(f"the folder {folder} of the unix socket: {error.strerror}") from None
    if mode & ~FOLDER_MODE:
        raise ValueError(
            f"the folder {folder} of the unix socket has mode {mode:04o}, and must have {FOLDER_MODE:04o} or "
            f"stricter: chmod {FOLDER_MODE:04o} {folder}; or start the server with -X to allow it"
        )
