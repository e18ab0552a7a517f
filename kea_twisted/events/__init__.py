"""The log vocabulary: Kea's message identifiers, one row each.

A row is an identifier, a severity, the logger's name below ``kea-dhcp4``, the text with ``{}`` for each argument in
order, and what it tells the administrator. Text is Kea's where tools or people's scripts read it. Code logs with
``if EVENT in log.enabled: log.emit(EVENT, argument, …)``: a disabled event costs one look-up in a set.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.events.control import *
from kea_twisted.events.databases import *
from kea_twisted.events.event import *
from kea_twisted.events.freequeues import *
from kea_twisted.events.ha.callouts import *
from kea_twisted.events.ha.commands import *
from kea_twisted.events.ha.communication import *
from kea_twisted.events.ha.library import *
from kea_twisted.events.ha.states import *
from kea_twisted.events.ha.sync import *
from kea_twisted.events.ha.updates import *
from kea_twisted.events.hooks import *
from kea_twisted.events.leases import *
from kea_twisted.events.mysql import *
from kea_twisted.events.names import *
from kea_twisted.events.over6 import *
from kea_twisted.events.packets import *
from kea_twisted.events.server import *
from kea_twisted.events.steps import *

OWN: Final = (
    DHCP4_CONFIG_WARNING,
    DHCP4_CONFIG_NO_EFFECT,
    DHCP4_POOL_OWN_ADDRESS,
    DHCP4_ALARM_FAILED,
    DHCP4_LEASE_SAVE_FAILED,
    DHCPSRV_LEASE_ROW_UNUSABLE,
    DHCPSRV_LEASE_LOOKUP_FAILED,
    DHCPSRV_LEASES_READ,
    DHCPSRV_LEASES_READ_FAILED,
    DHCPSRV_HOST_LOOKUP_FAILED,
    DHCPSRV_HOST_ROW_UNUSABLE,
    DHCP4_HOOK_FAILED,
    DHCP4_PACKET_DROPPED,
    DHCP4_OPTIONS_IGNORED,
    DHCP4_RESPONSE_OPTIONS_LEFT_OUT,
    DHCP4_HOOK_LEASE4_SELECT_SKIP,
    DHCP4_HOOK_LEASE4_RENEW_SKIP,
    DHCPSRV_MEMFILE_LEASE_FILE_RESTORED,
    DHCPSRV_MEMFILE_LEASE_FILE_NOT_RESTORED,
    DHCPSRV_MEMFILE_LFC_WAIT,
    DHCPSRV_MEMFILE_LFC_FAIL,
    DHCPSRV_INTERFACE_OPENED,
    DHCPSRV_INTERFACE_LOST,
    DHCPSRV_INTERFACE_DEAF,
    DHCPSRV_INTERFACE_HEARS,
    COMMAND_FAILED_UNEXPECTEDLY,
    COMMAND_SOCKET_OPEN_FAIL,
    HTTP_REFUSALS_NOT_LOGGED,
    HOOKS_PACKET_UNANSWERED,
    HOOKS_PACKETS_NOT_LOGGED,
    COMMAND_HTTP_SOCKET_SECURITY_WARNING,
    HTTP_TOO_MANY_CONNECTIONS,
    HA_LEASE_GIVEN_TWICE,
    HA_PARTNER_GONE,
    HA_PARTNER_LINK_BROKEN,
    HA_PARTNER_IN_DOUBT,
    HA_PARTNER_STOOD_IN_FOR,
    HA_SERVER_STOOD_STILL,
    HA_PARTNER_CAUGHT_UP,
    HA_DHCP_SIDE_DOWN,
    HA_DHCP_SIDE_UP,
    HA_CLIENTS_TAKEN_BACK_LATER,
    HA_LEASES_COMPARED,
    HA_LEASES_REPAIRED,
    HA_LEASES_COMPARISON_FAILED,
    HA_REPAIR_HANDLER_FAILED,
    HA_HEARTBEAT_RECEIVED,
    HA_PROBE_RECEIVED,
    HA_PEER_NAMES_DIFFER,
    HA_PEER_ROLES_CONFLICT,
    HA_SUBNET_ID_MISMATCH,
    HA_SUBNET_IDS_AGREE,
    HA_SUBNETS_GET_HANDLER_FAILED,
    HA_SUBNETS_MISSING_AT_PARTNER,
    TLS_CERTIFICATE_ENDS,
    LOG_LINES_LOST,
    TWISTED_LOG,
    TWISTED_CHATTER,
    TWISTED_WARNING,
    TWISTED_ERROR,
    TWISTED_FAILURE,
)
"""Events for which Kea 3.0 has no identifier."""
