"""The report of a start that failed: in the log in force, the configured one, and on standard error."""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.system.pidfile import AlreadyRunning
from kea_twisted.adapters.system.starter import Starter, is_same_stream
from kea_twisted.config.refusal import log_refusal
from kea_twisted.errors import ConfigError, error_text
from kea_twisted.server.configfile import ConfigFile


class StartFailed(Exception):
    """The server cannot start, and the reason has been logged."""


def report(error: Exception, log: Log, source: ConfigFile, is_log_open: bool, starter: Starter | None) -> None:
    """Log why the server cannot start, close the log, and give a ``starter`` its standard error back."""
    _log_reason(log, source.path, error)
    if not is_log_open:
        loggers = source.loggers()
        if loggers:
            log.configure(loggers, source.folders.log_file)
            _log_reason(log, source.path, error)
    on_standard_error = _writes_to_standard_error(log)
    log.close()
    if starter is not None:
        starter.restore()
    if starter is not None or not on_standard_error:
        _log_reason(Log({"KEA_LOGGER_DESTINATION": "stderr"}), source.path, error)


def _writes_to_standard_error(log: Log) -> bool:
    streams = log.streams
    return "stderr" in streams or ("stdout" in streams and is_same_stream(1, 2))


def _log_reason(log: Log, file: str, error: Exception) -> None:
    if isinstance(error, AlreadyRunning):
        log.emit(E.DHCP4_ALREADY_RUNNING, "kea-dhcp4", str(error))
        return
    found = error.problems if isinstance(error, ConfigError) else ()
    log_refusal(log, found)
    problems = [problem.with_place_last for problem in found]
    for problem in problems:
        log.emit(E.DHCP4_CONFIG_LOAD_FAIL, file, problem)
    if E.DHCP4_INIT_FAIL in log.enabled:
        reason = f"configuration error using file '{file}': {problems[0]}" if problems else error_text(error)
        log.emit(E.DHCP4_INIT_FAIL, reason)
