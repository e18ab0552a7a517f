"""The folders of the server's files, which Kea's environment variables move, and Kea's rules about them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_FREEBSD: Final = ("/var/db/kea", "/var/log/kea", "/var/run/kea")
_HOOKS: Final = "/usr/local/lib/kea/hooks"  # on both: what the system's packages do not bring is below /usr/local
_SCRIPTS: Final = "/usr/share/kea/scripts"
_SCRIPTS_FREEBSD: Final = "/usr/local/share/kea/scripts"
_LINUX: Final = ("/var/lib/kea", "/var/log/kea", "/run/kea")


@dataclass(frozen=True)
class Folders:
    """The folders of files. ``checked`` False (Kea's ``-X``) allows files outside of their folders.

    ``modules`` are the Python modules that may be hook libraries without being in the folder for them.
    """

    data: str  # leases
    log: str
    pid: str
    sockets: str  # control sockets
    checked: bool = True
    hooks: str = _HOOKS  # hook libraries in Python
    modules: tuple[str, ...] = ()
    scripts: str = _SCRIPTS  # programs that hook libraries run
    legal: str = ""  # legal logs; "": beside other logs

    @classmethod
    def of(
        cls,
        environ: Mapping[str, str],
        platform: str = sys.platform,
        checked: bool = True,
        modules: Iterable[str] = (),
    ) -> Folders:
        """Return the platform's folders, where Kea's variables do not name others.

        ``modules`` are added to those that ``KEA_TWISTED_HOOK_MODULES`` lists, with spaces or commas between them.
        """
        listed = environ.get("KEA_TWISTED_HOOK_MODULES", "").replace(",", " ").split()
        data, log, run = _FREEBSD if "bsd" in platform else _LINUX
        return cls(
            data=environ.get("KEA_DHCP_DATA_DIR") or data,
            log=environ.get("KEA_LOG_FILE_DIR") or log,
            pid=environ.get("KEA_PIDFILE_DIR") or run,
            sockets=environ.get("KEA_CONTROL_SOCKET_DIR") or run,
            checked=checked,
            hooks=environ.get("KEA_HOOKS_PATH") or _HOOKS,
            modules=(*listed, *modules),
            scripts=environ.get("KEA_HOOK_SCRIPTS_PATH") or (_SCRIPTS_FREEBSD if "bsd" in platform else _SCRIPTS),
            legal=environ.get("KEA_LEGAL_LOG_DIR") or "",
        )

    def log_file(self, name: str) -> str:
        """Return the path of a log file: a bare name is completed with the folder, a path is taken as it is."""
        return os.path.join(self.log, name)

    def lease_file(self, name: str) -> str:
        """Return the path of a lease file; "" stands for Kea's default name."""
        return os.path.join(self.data, name or "kea-leases4.csv")

    @property
    def legal_logs(self) -> str:
        """The folder of legal logs."""
        return (self.legal or self.log).rstrip("/")

    def script(self, name: str) -> str:
        """Return the path of a program that a hook library runs."""
        return os.path.join(self.scripts, name)

    def pid_file(self, config_file: str, program: str = "kea-dhcp4") -> str:
        """Return the path of the pid file, which is named after the configuration file as Kea's is."""
        stem = os.path.splitext(os.path.basename(config_file))[0]
        return os.path.join(self.pid, f"{stem}.{program}.pid")


def must_lie_in(path: str, folder: str) -> None:
    """Kea's rule for files named in a configuration. Raises ValueError with Kea's text for another folder."""
    if os.path.basename(path) in ("", ".", ".."):
        raise ValueError(f"path: '{path}' has no filename")
    parent = os.path.dirname(path)
    # what ".." is depends on links
    if parent and (os.path.normpath(parent) != os.path.normpath(folder) or ".." in parent.split("/")):
        raise ValueError(f"invalid path specified: '{parent}', supported path is '{folder}'")


def way_out(variable: str) -> str:
    """Return the remedy for a file in another folder."""
    return f"the environment variable {variable} names another folder, -X allows any"


def must_be_writable(folder: str, purpose: str) -> None:
    """Create a folder where possible. Raises OSError with the remedy if no files can be created in it."""
    try:
        os.makedirs(folder, mode=0o750, exist_ok=True)
    except OSError as error:
        text = f"{purpose} folder {folder} cannot be created: {error.strerror}"
        raise OSError(error.errno, text) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{purpose} folder {folder} is not writable for user {os.geteuid()}")
