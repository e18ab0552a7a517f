"""Control commands and the channels they come in by."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

COMMAND_RECEIVED = Event("COMMAND_RECEIVED", INFO, "commands", "Received command '{}'", "about to be carried out")
COMMAND_PROCESS_ERROR1 = Event(
    "COMMAND_PROCESS_ERROR1",
    WARN,
    "commands",
    "Error while processing command: {}",
    "a request over the unix socket is not JSON; the sender gets the same text",
)
COMMAND_PROCESS_ERROR2 = Event(
    "COMMAND_PROCESS_ERROR2",
    WARN,
    "commands",
    "Error while processing command: {}",
    "malformed; the sender gets the same text",
)
COMMAND_FAILED_UNEXPECTEDLY = Event(
    "COMMAND_FAILED_UNEXPECTEDLY",
    ERROR,
    "commands",
    "command '{}' failed unexpectedly: {}",
    "a bug of ours, with traceback; the sender gets an error",
)
COMMAND_ACCEPTOR_START = Event(
    "COMMAND_ACCEPTOR_START",
    INFO,
    "commands",
    "Starting to accept connections via unix domain socket bound to {}",
    "control commands can come in here",
)
COMMAND_SOCKET_CONNECTION_OPENED = Event(
    "COMMAND_SOCKET_CONNECTION_OPENED",
    DEBUG,
    "commands",
    "Opened socket {} for incoming command connection",
    "",
    debuglevel=10,
)
COMMAND_SOCKET_READ = Event(
    "COMMAND_SOCKET_READ", DEBUG, "commands", "Received {} bytes over command socket {}", "", debuglevel=10
)
COMMAND_SOCKET_WRITE = Event(
    "COMMAND_SOCKET_WRITE",
    DEBUG,
    "commands",
    "Sent response of {} bytes ({} bytes left to send) over command socket {}",
    "",
    debuglevel=10,
)
COMMAND_SOCKET_CONNECTION_CLOSED = Event(
    "COMMAND_SOCKET_CONNECTION_CLOSED",
    DEBUG,
    "commands",
    "Closed socket {} for existing command connection",
    "",
    debuglevel=10,
)
COMMAND_SOCKET_CLOSED_BY_FOREIGN_HOST = Event(
    "COMMAND_SOCKET_CLOSED_BY_FOREIGN_HOST",
    INFO,
    "commands",
    "Closed command socket by foreign host, {}",
    "a client of the unix socket left before its command was complete",
)
COMMAND_SOCKET_CONNECTION_TIMEOUT = Event(
    "COMMAND_SOCKET_CONNECTION_TIMEOUT",
    INFO,
    "commands",
    "Timeout occurred for connection over the unix socket, {}",
    "a command did not arrive as a whole, or an answer was not taken",
)
COMMAND_SOCKET_OPEN_FAIL = Event(
    "COMMAND_SOCKET_OPEN_FAIL",
    ERROR,
    "commands",
    "control socket cannot be opened: {}",
    "no commands can come in there; it is tried again",
)
COMMAND_HTTP_SOCKET_SECURITY_WARNING = Event(
    "COMMAND_HTTP_SOCKET_SECURITY_WARNING",
    WARN,
    "commands",
    "any client can send commands to the control socket at {}: it has neither authentication nor TLS",
    "-X allows it",
)
HTTP_COMMAND_MGR_SERVICE_STARTED = Event(
    "HTTP_COMMAND_MGR_SERVICE_STARTED",
    INFO,
    "commands",
    "started {} service bound to address: {} port: {}",
    "control commands can come in here",
)
HTTP_COMMAND_MGR_SERVICE_STOPPING = Event(
    "HTTP_COMMAND_MGR_SERVICE_STOPPING",
    INFO,
    "commands",
    "Server is stopping {} service bound to address {} port {}",
    "",
)
COMMAND_HTTP_LISTENER_COMMAND_REJECTED = Event(
    "COMMAND_HTTP_LISTENER_COMMAND_REJECTED",
    DEBUG,
    "commands",
    "Command HTTP listener rejected command '{}' from '{}'",
    "not in the list of what a partner may ask; it got 403",
    debuglevel=10,
)
HOOKS_OPEN_ERROR = Event(
    "HOOKS_OPEN_ERROR",
    ERROR,
    "hooks",
    "failed to open hook library {}: {}",
    "its code cannot be found, must not be used, or fails; the configuration is not taken",
)
HOOKS_LOAD_EXCEPTION = Event(
    "HOOKS_LOAD_EXCEPTION",
    ERROR,
    "hooks",
    "'load' function in hook library {} threw an exception: {}",
    "it cannot begin; the configuration is not taken",
)
HOST_CMDS_RESERV_ADD = Event(
    "HOST_CMDS_RESERV_ADD", INFO, "host-cmds-hooks", "reservation-add command called (parameters: {})", ""
)
HOST_CMDS_RESERV_ADD_SUCCESS = Event(
    "HOST_CMDS_RESERV_ADD_SUCCESS",
    INFO,
    "host-cmds-hooks",
    "reservation-add command success (parameters: {})",
    "",
)
HOST_CMDS_RESERV_ADD_FAILED = Event(
    "HOST_CMDS_RESERV_ADD_FAILED",
    ERROR,
    "host-cmds-hooks",
    "reservation-add command failed (parameters: {}, reason: {})",
    "nothing has changed",
)
HOST_CMDS_RESERV_DEL = Event(
    "HOST_CMDS_RESERV_DEL", INFO, "host-cmds-hooks", "reservation-del command called (parameters: {})", ""
)
HOST_CMDS_RESERV_DEL_SUCCESS = Event(
    "HOST_CMDS_RESERV_DEL_SUCCESS",
    INFO,
    "host-cmds-hooks",
    "reservation-del command success (parameters: {})",
    "",
)
HOST_CMDS_RESERV_DEL_FAILED = Event(
    "HOST_CMDS_RESERV_DEL_FAILED",
    ERROR,
    "host-cmds-hooks",
    "reservation-del command failed (parameters: {}, reason: {})",
    "nothing has changed",
)
HOST_CMDS_RESERV_UPDATE = Event(
    "HOST_CMDS_RESERV_UPDATE", INFO, "host-cmds-hooks", "reservation-update command called (parameters: {})", ""
)
HOST_CMDS_RESERV_UPDATE_SUCCESS = Event(
    "HOST_CMDS_RESERV_UPDATE_SUCCESS",
    INFO,
    "host-cmds-hooks",
    "reservation-update command success (parameters: {})",
    "",
)
HOST_CMDS_RESERV_UPDATE_FAILED = Event(
    "HOST_CMDS_RESERV_UPDATE_FAILED",
    ERROR,
    "host-cmds-hooks",
    "reservation-update command failed (parameters: {}, reason: {})",
    "nothing has changed",
)
LEASE_CMDS_INIT_OK = Event(
    "LEASE_CMDS_INIT_OK",
    INFO,
    "lease-cmds-hooks",
    "loading Lease Commands hooks library successful",
    "the lease commands are available",
)
LEASE_CMDS_DEINIT_OK = Event(
    "LEASE_CMDS_DEINIT_OK",
    INFO,
    "lease-cmds-hooks",
    "unloading Lease Commands hooks library successful",
    "the lease commands are gone",
)
LEASE_CMDS_ADD4 = Event(
    "LEASE_CMDS_ADD4",
    DEBUG,
    "lease-cmds-hooks",
    "lease4-add command successful (address: {})",
    "",
    debuglevel=20,
)
LEASE_CMDS_ADD4_CONFLICT = Event(
    "LEASE_CMDS_ADD4_CONFLICT",
    WARN,
    "lease-cmds-hooks",
    "lease4-add command failed due to conflict (parameters: {}, reason: {})",
    "the lease exists or fits no subnet",
)
LEASE_CMDS_ADD4_FAILED = Event(
    "LEASE_CMDS_ADD4_FAILED",
    ERROR,
    "lease-cmds-hooks",
    "lease4-add command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
LEASE_CMDS_UPDATE4 = Event(
    "LEASE_CMDS_UPDATE4",
    DEBUG,
    "lease-cmds-hooks",
    "lease4-update command successful (address: {})",
    "",
    debuglevel=20,
)
LEASE_CMDS_UPDATE4_CONFLICT = Event(
    "LEASE_CMDS_UPDATE4_CONFLICT",
    WARN,
    "lease-cmds-hooks",
    "lease4-update command failed due to conflict (parameters: {}, reason: {})",
    "the lease does not exist or fits no subnet: do both partners have the same subnets?",
)
LEASE_CMDS_UPDATE4_FAILED = Event(
    "LEASE_CMDS_UPDATE4_FAILED",
    ERROR,
    "lease-cmds-hooks",
    "lease4-update command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
LEASE_CMDS_DEL4 = Event(
    "LEASE_CMDS_DEL4",
    DEBUG,
    "lease-cmds-hooks",
    "lease4-del command successful (address: {})",
    "",
    debuglevel=20,
)
LEASE_CMDS_DEL4_FAILED = Event(
    "LEASE_CMDS_DEL4_FAILED",
    ERROR,
    "lease-cmds-hooks",
    "lease4-del command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
LEASE_CMDS_GET4_FAILED = Event(
    "LEASE_CMDS_GET4_FAILED",
    ERROR,
    "lease-cmds-hooks",
    "lease4-get command failed (parameters: {}, reason: {})",
    "the arguments are wrong",
)
LEASE_CMDS_WIPE4 = Event(
    "LEASE_CMDS_WIPE4",
    INFO,
    "lease-cmds-hooks",
    "lease4-wipe command successful (parameters: {})",
    "many leases are gone",
)
LEASE_CMDS_WIPE4_FAILED = Event(
    "LEASE_CMDS_WIPE4_FAILED",
    ERROR,
    "lease-cmds-hooks",
    "lease4-wipe command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
HTTP_TOO_MANY_CONNECTIONS = Event(
    "HTTP_TOO_MANY_CONNECTIONS",
    WARN,
    "http",
    "too many connections, the last one from {}: {} have been refused or ended to make room since the start",
    "HA partners and clients with credentials keep theirs; logged once a minute at most",
)
HTTP_DATA_RECEIVED = Event("HTTP_DATA_RECEIVED", DEBUG, "http", "received {} bytes from {}", "", debuglevel=55)
HTTP_CLIENT_REQUEST_RECEIVED = Event(
    "HTTP_CLIENT_REQUEST_RECEIVED", DEBUG, "http", "received HTTP request from {}", "", debuglevel=40
)
HTTP_CLIENT_REQUEST_RECEIVED_DETAILS = Event(
    "HTTP_CLIENT_REQUEST_RECEIVED_DETAILS",
    DEBUG,
    "http",
    "detailed information about well-formed request received from {}:\n{}",
    "",
    debuglevel=45,
)
HTTP_BAD_CLIENT_REQUEST_RECEIVED = Event(
    "HTTP_BAD_CLIENT_REQUEST_RECEIVED",
    DEBUG,
    "http",
    "bad request received from {}: {}",
    "it got 400",
    debuglevel=40,
)
HTTP_CLIENT_REQUEST_SEND = Event(
    "HTTP_CLIENT_REQUEST_SEND", DEBUG, "http", "sending HTTP request {} to {}", "to the partner", debuglevel=40
)
HTTP_CLIENT_REQUEST_SEND_DETAILS = Event(
    "HTTP_CLIENT_REQUEST_SEND_DETAILS",
    DEBUG,
    "http",
    "detailed information about request sent to {}:\n{}",
    "",
    debuglevel=45,
)
HTTP_SERVER_RESPONSE_RECEIVED = Event(
    "HTTP_SERVER_RESPONSE_RECEIVED", DEBUG, "http", "received HTTP response from {}", "of the partner", debuglevel=40
)
HTTP_SERVER_RESPONSE_RECEIVED_DETAILS = Event(
    "HTTP_SERVER_RESPONSE_RECEIVED_DETAILS",
    DEBUG,
    "http",
    "detailed information about well-formed response received from {}:\n{}",
    "",
    debuglevel=45,
)
HTTP_SERVER_RESPONSE_SEND = Event(
    "HTTP_SERVER_RESPONSE_SEND", DEBUG, "http", "sending HTTP response {} to {}", "", debuglevel=40
)
HTTP_SERVER_RESPONSE_SEND_DETAILS = Event(
    "HTTP_SERVER_RESPONSE_SEND_DETAILS",
    DEBUG,
    "http",
    "detailed information about response sent to {}:\n{}",
    "",
    debuglevel=45,
)
HTTP_CLIENT_REQUEST_AUTHORIZED = Event(
    "HTTP_CLIENT_REQUEST_AUTHORIZED", INFO, "auth", "received HTTP request authorized for '{}'", "who sent it"
)
HTTP_CLIENT_REQUEST_NOT_AUTHORIZED = Event(
    "HTTP_CLIENT_REQUEST_NOT_AUTHORIZED",
    INFO,
    "auth",
    "received HTTP request with not matching authentication header (from {})",
    "user or password are wrong; it got 401",
)
HTTP_CLIENT_REQUEST_NO_AUTH_HEADER = Event(
    "HTTP_CLIENT_REQUEST_NO_AUTH_HEADER",
    INFO,
    "auth",
    "received HTTP request without required authentication header (from {})",
    "it got 401",
)
HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER = Event(
    "HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER",
    INFO,
    "auth",
    "received HTTP request with malformed authentication header: {} (from {})",
    "it got 401",
)
HTTP_CONNECTION_HANDSHAKE_FAILED = Event(
    "HTTP_CONNECTION_HANDSHAKE_FAILED",
    INFO,
    "http",
    "TLS handshake with {} failed with {}",
    "no certificate that is trusted, no TLS at all, or a connection that ended early",
)
HTTP_REFUSALS_NOT_LOGGED = Event(
    "HTTP_REFUSALS_NOT_LOGGED",
    INFO,
    "http",
    "{} further connections and requests that were refused were not logged one by one, they came from {} addresses",
    "failed handshakes and logins are logged five times a minute for each address; passwords may be guessed",
)
HTTP_CONNECTION_STOP = Event(
    "HTTP_CONNECTION_STOP", DEBUG, "http", "stopping HTTP connection from {}", "", debuglevel=40
)
HTTP_CLIENT_REQUEST_TIMEOUT_OCCURRED = Event(
    "HTTP_CLIENT_REQUEST_TIMEOUT_OCCURRED",
    DEBUG,
    "http",
    "HTTP request timeout occurred when communicating with {}",
    "a request did not arrive as a whole in time",
    debuglevel=50,
)
HTTP_IDLE_CONNECTION_TIMEOUT_OCCURRED = Event(
    "HTTP_IDLE_CONNECTION_TIMEOUT_OCCURRED",
    DEBUG,
    "http",
    "closing persistent connection with {} as a result of a timeout",
    "nothing was asked for a while",
    debuglevel=50,
)
TLS_CERTIFICATE_ENDS = Event(
    "TLS_CERTIFICATE_ENDS",
    WARN,
    "commands",
    "a certificate in {} ends at {}: {} day(s) are left",
    "put a new one into its place and reload; partners and users would be refused; ours, unknown to Kea",
)
