"""The files of the operator's configuration, and that no command has another file written in their place.

A log, a lease file or the output of a command must not become the configuration: a pattern could write an ``include``
there, which the next reload would follow, or a name of a file with passwords, which a command may not name itself. The
folders of logs and leases can be that of the configuration.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from kea_twisted.adapters.control.secretfiles import named
from kea_twisted.adapters.system.filepaths import written_files
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config.model import Settings, TlsFiles
from kea_twisted.errors import Problems
from kea_twisted.server import partnership

# names that are made of the name of a lease file, a log file, the output of lease4-write
_BESIDE: Final = re.compile(r"(\.([0-9]+|output|completed|converted|new|pid|bak[0-9]+|ha-[a-z]+(\.new)?))?")


class OperatorFiles:
    """The configuration file, those that it includes, and the certificates, keys and passwords that it names."""

    def __init__(self) -> None:
        self._read: set[str] = set()
        self._named: frozenset[str] = frozenset()

    def read_text(self, path: str) -> str:
        """Read the configuration file or one that it includes. Raises OSError."""
        self._read.add(os.path.realpath(path))
        return read_text(path)

    def use(self, settings: Settings) -> None:
        """Take the files that a configuration names."""
        secrets = (path for _, path, _ in named(settings))
        pem = (name for each in tls_files(settings) for name in (each.trust_anchor, each.cert_file, each.key_file))
        section = settings.tree.get("lease-database", {})
        own = (section[key] for key in ("trust-anchor", "cert-file", "key-file") if section.get(key))
        self._named = frozenset(map(os.path.realpath, (*secrets, *pem, *own)))

    def must_not_be(self, path: str, config_file: str = "") -> None:
        """Raise PermissionError if writing a file, or those with names made of its name, would replace one of these.

        A file named ``config_file`` may be written.
        """
        written, excepted = os.path.realpath(path), os.path.realpath(config_file) if config_file else ""
        for each in self._read | self._named:
            if each != excepted and each.startswith(written) and _BESIDE.fullmatch(each[len(written) :]):
                raise PermissionError(1, f"it would replace {each}, which belongs to the configuration")

    def check(self, settings: Settings, folders: Folders, problems: Problems) -> None:
        """Report logs and a lease file of a configuration that would replace one of these files."""
        for keyword, path, place in written_files(settings, folders):
            try:
                self.must_not_be(path)
            except PermissionError as error:
                problems.error(place, f"'{keyword}': {path} cannot be written: {error.strerror}")


def tls_files(settings: Settings) -> Iterator[TlsFiles]:
    """The certificates and keys that a configuration names."""
    for socket in settings.control_sockets:
        if socket.tls is not None:
            yield socket.tls
    for relationship in partnership.relationships(settings):
        for peer in relationship.peers:
            if peer.tls is not None:
                yield peer.tls


def read_text(path: str) -> str:
    """Return the text of a configuration file; bytes that are not UTF-8 are left to its reader. Raises OSError."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()
