"""Messages about connections to MySQL."""

from __future__ import annotations

from kea_twisted.events.event import ERROR, INFO, Event

MYSQL_LB_DB = Event("MYSQL_LB_DB", INFO, "mysql-lb-hooks", "opening MySQL lease database: {}", "once per configuration")
MYSQL_LB_DB_RECONNECT_ATTEMPT_FAILED = Event(
    "MYSQL_LB_DB_RECONNECT_ATTEMPT_FAILED", ERROR, "mysql-lb-hooks", "database reconnect failed: {}", "see the next one"
)
MYSQL_LB_DB_RECONNECT_ATTEMPT_SCHEDULE = Event(
    "MYSQL_LB_DB_RECONNECT_ATTEMPT_SCHEDULE",
    INFO,
    "mysql-lb-hooks",
    "scheduling attempt {} of {} in {} milliseconds",
    "max-reconnect-tries and reconnect-wait-time",
)
MYSQL_LB_DB_RECONNECT_FAILED = Event(
    "MYSQL_LB_DB_RECONNECT_FAILED",
    ERROR,
    "mysql-lb-hooks",
    "maximum number of database reconnect attempts: {}, has been exhausted without success",
    "on-fail says whether the server ends",
)
DATABASE_MYSQL_FATAL_ERROR = Event(
    "DATABASE_MYSQL_FATAL_ERROR",
    ERROR,
    "database",
    "Unrecoverable MySQL error occurred: {}",
    "the connection is lost; what has been acknowledged is in the database",
)
MYSQL_HB_DB = Event("MYSQL_HB_DB", INFO, "mysql-hb-hooks", "opening MySQL hosts database: {}", "once per configuration")
MYSQL_HB_DB_RECONNECT_ATTEMPT_FAILED = Event(
    "MYSQL_HB_DB_RECONNECT_ATTEMPT_FAILED", ERROR, "mysql-hb-hooks", "database reconnect failed: {}", "see the next one"
)
MYSQL_HB_DB_RECONNECT_ATTEMPT_SCHEDULE = Event(
    "MYSQL_HB_DB_RECONNECT_ATTEMPT_SCHEDULE",
    INFO,
    "mysql-hb-hooks",
    "scheduling attempt {} of {} in {} milliseconds",
    "max-reconnect-tries and reconnect-wait-time",
)
MYSQL_HB_DB_RECONNECT_FAILED = Event(
    "MYSQL_HB_DB_RECONNECT_FAILED",
    ERROR,
    "mysql-hb-hooks",
    "maximum number of database reconnect attempts: {}, has been exhausted without success",
    "on-fail says whether the server ends",
)
MYSQL_HB_DB_READONLY = Event(
    "MYSQL_HB_DB_READONLY",
    INFO,
    "mysql-hb-hooks",
    "MySQL host database opened for read access only",
    "readonly is true: reservations can be read only",
)
