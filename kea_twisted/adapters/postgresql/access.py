"""The libpq connection string of a ``lease-database``."""

from __future__ import annotations

import os

from kea_twisted.adapters.system.smallfiles import read_secret, read_small
from kea_twisted.config.databases import Database
from kea_twisted.jsonvalue import MASK


def connection_string(database: Database, folder: str) -> bytes:
    """Return what libpq connects with; ``password-file`` is relative to ``folder``. Raises ValueError."""
    for path in (database.trust_anchor, database.cert_file, database.key_file):
        if path:
            read_small(path)  # libpq would wait for a pipe
    values: dict[str, str] = {
        "host": database.host,
        "port": str(database.port or ""),
        "user": database.user,
        "password": _password(database, folder),
        "dbname": database.name,
        "connect_timeout": str(database.connect_timeout),
        "tcp_user_timeout": str(database.tcp_user_timeout * 1000 or ""),
        "sslrootcert": database.trust_anchor,
        "sslcert": database.cert_file,
        "sslkey": database.key_file,
        "sslmode": _ssl_mode(database),
        "gssencmode": "disable",
    }
    return " ".join([f"{key}='{_escaped(value)}'" for key, value in values.items() if value]).encode()


def shown(database: Database) -> str:
    """Return the parameters as log lines show them, without the password."""
    texts = {
        "host": database.host,
        "port": str(database.port or ""),
        "name": database.name,
        "user": database.user,
        "password": MASK if database.password or database.password_file else "",
        "type": "postgresql",
    }
    return " ".join([f"{key}={value}" for key, value in texts.items() if value])


def _ssl_mode(database: Database) -> str:
    if database.ssl_mode:
        return database.ssl_mode
    if database.trust_anchor:
        return "verify-ca"
    return "require" if database.cert_file or database.key_file else ""


def _password(database: Database, folder: str) -> str:
    if not database.password_file:
        return database.password
    return read_secret(os.path.join(folder, database.password_file))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
