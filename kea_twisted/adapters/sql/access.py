"""The parameters of a ``lease-database`` or of ``hosts-databases`` as drivers and log lines need them."""

from __future__ import annotations

import os

from kea_twisted.adapters.system.smallfiles import read_secret, read_small
from kea_twisted.config.databases import Database
from kea_twisted.jsonvalue import MASK


def password_of(database: Database, folder: str) -> str:
    """Return the password; ``password-file`` is relative to ``folder``. Raises ValueError."""
    if not database.password_file:
        return database.password
    return read_secret(os.path.join(folder, database.password_file))


def check_tls_files(database: Database, *, has_folders: bool = False) -> None:
    """Read the files of certificates: a driver would wait for a pipe. Raises ValueError.

    ``has_folders``: the trust anchor may be a folder of certificates.
    """
    for path in (database.trust_anchor, database.cert_file, database.key_file):
        if path and not (has_folders and path == database.trust_anchor and os.path.isdir(path)):
            read_small(path)


def shown(database: Database, kind: str) -> str:
    """Return the parameters as log lines show them, without the password."""
    texts = {
        "host": database.host,
        "port": str(database.port or ""),
        "name": database.name,
        "user": database.user,
        "password": MASK if database.password or database.password_file else "",
        "type": kind,
    }
    return " ".join([f"{key}={value}" for key, value in texts.items() if value])
