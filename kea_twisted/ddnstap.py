"""The command line of ``twistd keaddns`` and the way from it to a service."""

from __future__ import annotations

import os
import sys
from typing import Any, cast

from twisted.application.service import IService
from twisted.python import usage

from kea_twisted import __version__

MISSING = "DNS updates need dnspython, which is not installed: pip install 'kea-twisted[ddns]'"


class Options(usage.Options):
    """The options of kea-dhcp-ddns, plus ``--config`` as a long name of ``-c``."""

    synopsis = "--config FILE [options]"
    longdesc = "A server that updates the DNS, with the configuration of ISC Kea's kea-dhcp-ddns."

    optParameters = [
        ["config", "c", None, "Configuration file."],
        ["check", "t", None, "Check this configuration file, say what is wrong with it, and exit with 0 or 1."],
    ]
    optFlags = [
        ["debug", "d", "Log everything, down to the finest debug message."],
        [
            "unchecked",
            "X",
            "Switch off: log and socket files lie in their folders; HTTP needs authentication or TLS.",
        ],
    ]
    _files = usage.CompleteFiles()  # type: ignore[no-untyped-call]
    compData = usage.Completions(optActions={"config": _files, "check": _files})  # type: ignore[no-untyped-call]

    def opt_version(self) -> None:
        """Print the version and exit."""
        print(__version__)
        sys.exit(0)

    opt_v = opt_version

    def postOptions(self) -> None:
        """Either there is a file to check, and that is all, or there is one to run."""
        must_have_dnspython()
        if self["check"] is not None:
            from kea_twisted.d2.service import check_file

            sys.exit(check_file(self["check"], sys.stdout, unchecked=bool(self["unchecked"])))
        if self["config"] is None:
            raise usage.UsageError("a configuration file is needed: --config FILE")
        # the file is read again on HUP, when the daemon may be in another folder
        self["config"] = os.path.abspath(self["config"])
        if self.parent is not None and self.parent.get("pidfile"):
            from kea_twisted.adapters.system.pidfile import drop_left_over

            drop_left_over(self.parent["pidfile"])


def must_have_dnspython() -> None:
    """Raise UsageError if the one library that only this server needs is missing."""
    try:
        import dns.update  # noqa: F401
    except ImportError:
        raise usage.UsageError(MISSING) from None


def makeService(options: Options) -> IService:
    """The whole server as one service; a configuration that cannot be used ends the process with status 1."""
    from twisted.internet import reactor

    from kea_twisted.adapters.system.clock import make_steady
    from kea_twisted.d2.service import Keaddns

    make_steady(reactor)
    parent: Any = options.parent or {}
    return Keaddns(
        cast(Any, reactor),
        options["config"],
        debug=bool(options["debug"]),
        unchecked=bool(options["unchecked"]),
        twistd_pidfile=parent.get("pidfile"),
    )
