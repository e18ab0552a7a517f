"""The command line of ``twistd keadhcp`` and the way from it to a service."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any, cast

from twisted.application.service import IService
from twisted.python import usage

from kea_twisted import __version__
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.constants import SERVER_PORT


class Options(usage.Options):
    """Kea's options, plus ``--config`` as a long name of ``-c``."""

    synopsis = "--config FILE [options]"
    longdesc = "A DHCPv4 server that reads the configuration of ISC Kea's kea-dhcp4."

    optParameters = [
        ["config", "c", None, "Configuration file."],
        ["check", "t", None, "Check this configuration file, say what is wrong with it, and exit with 0 or 1."],
        ["check-hooks", "T", None, "The same, and run the code of its hook libraries to check their parameters."],
        ["server-port", "p", SERVER_PORT, "UDP port to listen on.", lambda text: port(text)],
        ["client-port", "P", None, "UDP port to send every reply to.", lambda text: port(text)],
    ]
    optFlags = [
        ["debug", "d", "Log everything, down to the finest debug message."],
        [
            "unchecked",
            "X",
            "Switch off: lease, log, socket and hook files lie in their folders; hook files and the folders above "
            "belong to root or the server's user; HTTP needs authentication or TLS.",
        ],
    ]
    _files = usage.CompleteFiles()  # type: ignore[no-untyped-call]
    compData = usage.Completions(optActions={"config": _files, "check": _files, "check-hooks": _files})  # type: ignore[no-untyped-call]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self["hook-modules"] = ()

    def opt_version(self) -> None:
        """Print the version and exit."""
        print(__version__)
        sys.exit(0)

    opt_v = opt_version

    def opt_hook_module(self, name: str) -> None:
        """A Python module that may be named as a hook library, besides the files in KEA_HOOKS_PATH. Repeatable."""
        self["hook-modules"] = (*self["hook-modules"], name)

    def postOptions(self) -> None:
        """Either there is a file to check, and that is all, or there is one to run."""
        file = self["check-hooks"] or self["check"]
        if file is not None:
            from kea_twisted.server.checkfile import check_file

            sys.exit(
                check_file(
                    file,
                    sys.stdout,
                    unchecked=bool(self["unchecked"]),
                    hook_modules=self["hook-modules"],
                    run_hooks=self["check-hooks"] is not None,
                )
            )
        if self["config"] is None:
            raise usage.UsageError("a configuration file is needed: --config FILE")
        # the file is read again on HUP, when the daemon may be in another folder
        self["config"] = os.path.abspath(self["config"])
        if self.parent is not None:
            _look_at_twistds_options(self.parent)


def _look_at_twistds_options(parent: usage.Options) -> None:
    """Refuse what cannot work here, and clear twistd's PID file of a process that is no server. Raises UsageError."""
    from kea_twisted.adapters.system import privileges
    from kea_twisted.adapters.system.pidfile import drop_left_over

    try:
        privileges.check(parent)
    except privileges.CannotChangeUser as error:
        raise usage.UsageError(str(error)) from None
    if parent.get("pidfile"):
        # twistd looks at its file after this, and takes any living process for a server
        drop_left_over(parent["pidfile"])


def _change_user(parent: dict[str, Json]) -> None:
    """Do what ``--uid`` asks for before anything is opened, and leave nothing of it to twistd."""
    if parent.get("uid") is None:
        return
    from kea_twisted.adapters.system import privileges

    try:
        privileges.become(parent["uid"], parent["gid"])
    except OSError as error:
        sys.exit(f"cannot become user {parent['uid']} with CAP_NET_RAW and CAP_NET_BIND_SERVICE: {error.strerror}")
    parent["uid"] = parent["gid"] = None


def port(text: object) -> int:
    """Return a UDP port number. Raises ValueError for anything else."""
    number = int(cast(str, text))
    if not 0 < number < 65536:
        raise ValueError(f"'{text}' is not a port number")
    return number


port.coerceDoc = "must be a port number, 1 to 65535"  # type: ignore[attr-defined]


def makeService(options: Options) -> IService:
    """Return the whole server as one service; a configuration that cannot be used ends the process with status 1."""
    from twisted.internet import reactor

    gc.disable()  # most of what a start makes stays: to look through it again and again would take a tenth of the time
    cast(Any, reactor).callWhenRunning(gc.enable)
    from kea_twisted.adapters.system.clock import make_steady
    from kea_twisted.adapters.system.starter import Starter
    from kea_twisted.server.service import Keadhcp

    make_steady(cast(Any, reactor))
    parent: Any = options.parent or {}
    _change_user(parent)
    goes_into_background = bool(parent) and not (parent["nodaemon"] or parent["debug"])
    return Keadhcp(
        cast(Any, reactor),
        options["config"],
        server_port=options["server-port"],
        client_port=options["client-port"],
        debug=bool(options["debug"]),
        unchecked=bool(options["unchecked"]),
        hook_modules=options["hook-modules"],
        twistd_pidfile=parent.get("pidfile"),
        starter=Starter() if goes_into_background else None,
    )
