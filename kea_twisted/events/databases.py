"""Messages about connections to databases of leases and reservations."""

from __future__ import annotations

from kea_twisted.events.event import ERROR, INFO, WARN, Event

PGSQL_LB_DB = Event(
    "PGSQL_LB_DB", INFO, "pgsql-lb-hooks", "opening PostgreSQL lease database: {}", "once per configuration"
)
PGSQL_LB_DB_RECONNECT_ATTEMPT_FAILED = Event(
    "PGSQL_LB_DB_RECONNECT_ATTEMPT_FAILED", ERROR, "pgsql-lb-hooks", "database reconnect failed: {}", "see the next one"
)
PGSQL_LB_DB_RECONNECT_ATTEMPT_SCHEDULE = Event(
    "PGSQL_LB_DB_RECONNECT_ATTEMPT_SCHEDULE",
    INFO,
    "pgsql-lb-hooks",
    "scheduling attempt {} of {} in {} milliseconds",
    "max-reconnect-tries and reconnect-wait-time",
)
PGSQL_LB_DB_RECONNECT_FAILED = Event(
    "PGSQL_LB_DB_RECONNECT_FAILED",
    ERROR,
    "pgsql-lb-hooks",
    "maximum number of database reconnect attempts: {}, has been exhausted without success",
    "on-fail says whether the server ends",
)
DATABASE_PGSQL_FATAL_ERROR = Event(
    "DATABASE_PGSQL_FATAL_ERROR",
    ERROR,
    "database",
    "Unrecoverable PostgreSQL error occurred: {}",
    "the connection is lost; what has been acknowledged is in the database",
)
DHCP4_DB_RECONNECT_LOST_CONNECTION = Event(
    "DHCP4_DB_RECONNECT_LOST_CONNECTION",
    INFO,
    "dhcp4",
    "database connection lost: manager ID: {}, timer: {}.",
    "no ACK leaves until it is back",
)
DHCP4_DB_RECONNECT_SUCCEEDED = Event(
    "DHCP4_DB_RECONNECT_SUCCEEDED",
    INFO,
    "dhcp4",
    "database connection recovered: manager ID: {}, timer: {}.",
    "the leases have been read again",
)
DHCP4_DB_RECONNECT_DISABLED = Event(
    "DHCP4_DB_RECONNECT_DISABLED",
    ERROR,
    "dhcp4",
    "database reconnect is disabled: retries left: {}, reconnect wait time: {}, manager ID: {}, timer: {}",
    "the server ends, but with serve-retry-continue, where it tries for ever all the same, every five seconds",
)
DHCP4_DB_RECONNECT_FAILED = Event(
    "DHCP4_DB_RECONNECT_FAILED",
    ERROR,
    "dhcp4",
    "maximum number of database reconnect attempts: {}, has been exhausted without success, manager ID: {}, timer: {}",
    "the same",
)
DHCPSRV_LEASE_ROW_UNUSABLE = Event(
    "DHCPSRV_LEASE_ROW_UNUSABLE",
    ERROR,
    "dhcpsrv",
    "discarding row {} of the lease database, error: {}",
    "read: it stays there, and its address is not given to other clients; written: a value does not fit its column",
)
DHCPSRV_LEASES_READ = Event(
    "DHCPSRV_LEASES_READ",
    INFO,
    "dhcpsrv",
    "all {} leases of the lease database are read",
    "clients were served meanwhile, each after a look-up",
)
DHCPSRV_LEASES_READ_FAILED = Event(
    "DHCPSRV_LEASES_READ_FAILED",
    WARN,
    "dhcpsrv",
    "reading the leases of the lease database was refused, next attempt in {} seconds: {}",
    "clients are served meanwhile, each after a look-up; the reason is the database's",
)
DHCPSRV_LEASE_LOOKUP_FAILED = Event(
    "DHCPSRV_LEASE_LOOKUP_FAILED",
    ERROR,
    "dhcpsrv",
    "{} queries were dropped, as the leases of their clients could not be read: {}",
    "the clients ask again",
)
DHCPSRV_HOST_LOOKUP_FAILED = Event(
    "DHCPSRV_HOST_LOOKUP_FAILED",
    ERROR,
    "dhcpsrv",
    "{}: dropped, as the reservations of the client could not be read: {}",
    "the client asks again",
)
DHCPSRV_HOST_ROW_UNUSABLE = Event(
    "DHCPSRV_HOST_ROW_UNUSABLE",
    ERROR,
    "dhcpsrv",
    "reservation {} of the hosts database: {}",
    "what is wrong with it is left out: the host, or one of its options",
)
PGSQL_HB_DB = Event(
    "PGSQL_HB_DB", INFO, "pgsql-hb-hooks", "opening PostgreSQL hosts database: {}", "once per configuration"
)
PGSQL_HB_DB_RECONNECT_ATTEMPT_FAILED = Event(
    "PGSQL_HB_DB_RECONNECT_ATTEMPT_FAILED", ERROR, "pgsql-hb-hooks", "database reconnect failed: {}", "see the next one"
)
PGSQL_HB_DB_RECONNECT_ATTEMPT_SCHEDULE = Event(
    "PGSQL_HB_DB_RECONNECT_ATTEMPT_SCHEDULE",
    INFO,
    "pgsql-hb-hooks",
    "scheduling attempt {} of {} in {} milliseconds",
    "max-reconnect-tries and reconnect-wait-time",
)
PGSQL_HB_DB_RECONNECT_FAILED = Event(
    "PGSQL_HB_DB_RECONNECT_FAILED",
    ERROR,
    "pgsql-hb-hooks",
    "maximum number of database reconnect attempts: {}, has been exhausted without success",
    "on-fail says whether the server ends",
)
PGSQL_HB_DB_READONLY = Event(
    "PGSQL_HB_DB_READONLY",
    INFO,
    "pgsql-hb-hooks",
    "PostgreSQL host database opened for read access only",
    "readonly is true: reservations can be read only",
)
