"""The libpq connection string of a ``lease-database``."""

from __future__ import annotations

from kea_twisted.adapters.sql.access import check_tls_files, password_of
from kea_twisted.config.databases import Database


def connection_string(database: Database, folder: str) -> bytes:
    """Return what libpq connects with; ``password-file`` is relative to ``folder``. Raises ValueError."""
    check_tls_files(database)
    values: dict[str, str] = {
        "host": database.host,
        "port": str(database.port or ""),
        "user": database.user,
        "password": password_of(database, folder),
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


def _ssl_mode(database: Database) -> str:
    if database.ssl_mode:
        return database.ssl_mode
    if database.trust_anchor:
        return "verify-ca"
    return "require" if database.cert_file or database.key_file else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
