"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

_LOGGER: Final = "radius-hooks"
_SERVICES: Final = {"access": "AUTHENTICATION", "accounting": "ACCOUNTING"}


def _error(identifier: str, text: str, meaning: str) -> Event:
    return Event(f"RADIUS_{identifier}", ERROR, _LOGGER, text, meaning)


def _info(identifier: str, text: str, meaning: str) -> Event:
    return Event(f"RADIUS_{identifier}", INFO, _LOGGER, text, meaning)


def _debug(identifier: str, text: str, meaning: str) -> Event:
    return Event(f"RADIUS_{identifier}", DEBUG, _LOGGER, text, meaning, debuglevel=40)


LOADED: Final = _info("INIT_OK", "loading Radius hooks library successful", "the library is loaded")
UNLOADED: Final = _info("DEINIT_OK", "unloading Radius hooks library successful", "the library is unloaded")
CONFIGURATION_FAILED: Final = _error(
    "CONFIGURATION_FAILED", "failed to configure Radius hooks library: {}", "the configuration is refused"
)
SERVER: Final = _info(
    "SERVER_CONFIGURED", "configured an {} server: {}", "a server of the access or accounting service"
)
UNRESOLVED: Final = Event(
    "RADIUS_SERVER_UNRESOLVED", WARN, _LOGGER, "the name of the {} server '{}' cannot be resolved: {}",
    "the server is not asked; its name is looked up again",
)  # fmt: skip

# --- access
BUILD_FAILED: Final = _error(
    "ACCESS_BUILD_FAILED", "building Access-Request failed: {} for incoming message {}", "the query is dropped"
)
CACHE_GET: Final = _debug(
    "ACCESS_CACHE_GET", "host {} with attributes {} was retrieved from the cache", "no server is asked"
)
CACHE_INSERT: Final = _debug(
    "ACCESS_CACHE_INSERT",
    "host {} with attributes {} was inserted into the cache",
    "no server will be asked again",
)
CONFLICT: Final = _debug(
    "ACCESS_CONFLICT",
    "query {} triggers a conflict for {}",
    "a query of this client waits already",
)
ACCESS_ERROR: Final = _error("ACCESS_ERROR", "Access-Request failed with {} ({})", "the query is dropped")
IDENTIFIER: Final = _debug(
    "ACCESS_GET_IDENTIFIER", "identifier {} of type {} and User-Name {} were set from incoming message {}",
    "the client by the identifier that identifier-type4 names",
)  # fmt: skip
IDENTIFIER_FAILED: Final = _error(
    "ACCESS_GET_IDENTIFIER_FAILED", "no identifier of type {} can be set from incoming message {}, reason: {}",
    "the client gets no subnet",
)  # fmt: skip
MAX_PENDING: Final = _debug(
    "ACCESS_MAX_PENDING_REQUESTS",
    "query '{}' with identifier '{}' was dropped for too many pending access requests", "max-pending-requests",
)  # fmt: skip
NO_HOST_CACHE: Final = _error(
    "ACCESS_NO_HOST_CACHE", "Configuring access failed: host cache library not loaded.", "it must be loaded, too"
)
RESUMED: Final = _debug(
    "ACCESS_RESUME_PARKED_QUERY", "access request terminate callback resumes processing of parked query {} in {}",
    "a server has answered",
)  # fmt: skip
DROPPED: Final = _debug(
    "ACCESS_DROP_PARKED_QUERY", "access request terminate callback decided to drop the parked query {}",
    "no server has answered; the client asks again",
)  # fmt: skip
RESELECTED: Final = _debug(
    "ACCESS_SUBNET_RESELECT", "subnet was reselected from 'ID {}' to 'ID {}'", "by what a server answered before"
)
TERMINATE_ERROR: Final = _error(
    "ACCESS_TERMINATE_ERROR", "access request terminate callback got an error: {}", "the query is dropped"
)
ACCESS_SENT: Final = _debug(
    "AUTHENTICATION_ASYNC", "send Access-Request for NAS port {} with {}", "the attributes of the request"
)
ACCEPTED: Final = _debug(
    "AUTHENTICATION_ASYNC_ACCEPTED", "received valid Access-Accept with {}", "the attributes of the reply"
)
REJECTED: Final = _debug(
    "AUTHENTICATION_ASYNC_REJECTED", "received valid Access-Reject with {}", "the client gets no subnet"
)
ACCESS_FAILED: Final = _debug(
    "AUTHENTICATION_ASYNC_FAILED", "Access-Request failed: return code {} ({})", "no server has answered"
)

# --- accounting
ACCOUNTING_SENT: Final = _debug(
    "ACCOUNTING_ASYNC", "Asynchronous send Accounting-Request for NAS port {} with {}", "the attributes of the request"
)
ACCOUNTING_DONE: Final = _debug(
    "ACCOUNTING_ASYNC_SUCCEED", "received valid Accounting-Response (asynchronously)", "the server has the record"
)
ACCOUNTING_FAILED: Final = _debug(
    "ACCOUNTING_ASYNC_FAILED", "Asynchronous Accounting-Request failed: return code {} ({})", "no server has answered"
)
ACCOUNTING_ERROR: Final = _error(
    "ACCOUNTING_ERROR", "Accounting-Request failed for {} on event {} ({}) failed with {} ({})", "the record is lost"
)
MAX_PENDING_UDP: Final = _error(
    "UDP_EXCHANGE_MAX_PENDING",
    "accounting UDP exchange can't be created because already more than {} exchanges are pending", "the record is lost",
)  # fmt: skip
NOT_CONFIRMED: Final = Event(
    "RADIUS_ACCOUNTING_NOT_CONFIRMED", WARN, _LOGGER,
    "{} accounting records were sent, but no server has confirmed them before the library was unloaded",
    "they are not repeated any more, and may be lost",
)  # fmt: skip
NO_HISTORY: Final = _debug(
    "ACCOUNTING_NO_HISTORY", "failed to find the date the lease for {} was created", "the session begins now"
)
HOOK_FAILED: Final = _error("HOOK_FAILED", "processing for hook {} failed: {}", "no record is sent")
HISTORY_OPENED: Final = _info(
    "SESSION_HISTORY_OPENED", "opening of the session history file {} succeeded", "sessions survive a restart"
)
HISTORY_OPEN_FAILED: Final = _error(
    "SESSION_HISTORY_OPEN_FAILED", "opening of the session history file {} failed: {}", "sessions survive no restart"
)
HISTORY_LOADED: Final = _info(
    "SESSION_HISTORY_LOADED",
    "loading of the session history file succeeded: read {} records including {} active records", "from the last run",
)  # fmt: skip
HISTORY_LOAD_FAILED: Final = _error(
    "SESSION_HISTORY_LOAD_FAILED",
    "loading of the session history file failed: loaded {}, skipped {} and active {} records.", "some have faults",
)  # fmt: skip
HISTORY_STORED: Final = _info(
    "SESSION_HISTORY_STORED", "Storing to the session history file succeeded: stored {} records", "without old records"
)
HISTORY_STORE_FAILED: Final = _error(
    "SESSION_HISTORY_STORE_FAILED", "Writing to the session history file {} failed: {} (stored {} over {} records)",
    "the file keeps its old records",
)  # fmt: skip
HISTORY_APPEND_FAILED: Final = Event(
    "RADIUS_SESSION_HISTORY_APPEND_FAILED", WARN, _LOGGER,
    "appending of a new record for {} to the session history file failed: {}", "nothing more is written to it",
)  # fmt: skip

# --- servers that were idle
STATUS_SENT: Final = {
    service: _debug(f"{name}_STATUS", "send Status-Server with {}", "the servers had nothing to answer for a while")
    for service, name in _SERVICES.items()
}
STATUS_DONE: Final = {
    service: _debug(f"{name}_STATUS_SUCCEED", "received valid response to Status-Server", "a server is at work")
    for service, name in _SERVICES.items()
}
STATUS_FAILED: Final = {
    service: _debug(f"{name}_STATUS_FAILED", "Status-Server failed: return code {} ({})", "no server has answered")
    for service, name in _SERVICES.items()
}

# --- exchanges with servers
STARTED: Final = _debug("EXCHANGE_START", "Start exchange {}", "a request is to be sent")
SEND_NEW: Final = _debug(
    "EXCHANGE_SEND_NEW", "Exchange {} sends {} bytes to new server[{}] {} on port {}", "the first try with a server"
)
SEND_RETRY: Final = _debug("EXCHANGE_SEND_RETRY", "Exchange {} sends {} bytes for the {} try.", "another try")
OPEN_FAILED: Final = _error("EXCHANGE_OPEN_FAILED", "Open socket for exchange {} failed: {}", "another try follows")
EXCHANGE_TIMEOUT: Final = _error("EXCHANGE_TIMEOUT", "Exchange {} timeout", "the server does not answer in time")
RECEIVE_FAILED: Final = _error("EXCHANGE_RECEIVE_FAILED", "Receive for exchange {} failed: {}", "nothing listens there")
RECEIVED: Final = _debug("EXCHANGE_RECEIVED", "Exchange {} received {} bytes.", "an answer came")
BAD_RESPONSE: Final = _error(
    "EXCHANGE_RECEIVED_BAD_RESPONSE", "Exchange {} received a bad response: {}",
    "it is ignored: the secrets differ, or it is forged",
)  # fmt: skip
UNEXPECTED: Final = _error(
    "EXCHANGE_RECEIVED_UNEXPECTED", "Exchange {}: sent {}, received unexpected {}", "another try follows"
)
TERMINATED: Final = _debug("EXCHANGE_TERMINATE", "Exchange {} terminates with {}", "a server has answered")
EXCHANGE_FAILED: Final = _error("EXCHANGE_FAILED", "Exchange {} failed: {}", "no server has answered")
REPLY_MESSAGE: Final = _info(
    "REPLY_MESSAGE_ATTRIBUTE", "Message {} on exchange {} has a Reply-Message attribute with value '{}'.",
    "a text of the server",
)  # fmt: skip

_OF_STATUS: Final = tuple([each for row in (STATUS_SENT, STATUS_DONE, STATUS_FAILED) for each in row.values()])
EVENTS: Final = (*[each for each in list(globals().values()) if isinstance(each, Event)], *_OF_STATUS)
OWN: Final = (UNRESOLVED, NOT_CONFIRMED, MAX_PENDING_UDP, *_OF_STATUS)
"""Those that Kea 3.0 does not have."""
