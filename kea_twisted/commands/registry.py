"""THE COMMAND TABLE: every control command, one row each.

``library`` is the hook library that brings the command ("" for the server's own): it is there exactly when
that library is configured. ``partner_may`` says whether a HA partner may send it to our listener
(restrict-commands). The names are Kea's; what Kea has and is not here is not supported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple

from kea_twisted.commands import (
    bulk,
    classcmds,
    config,
    daemon,
    digests,
    ha,
    hosts,
    leasequeries,
    leases,
    leasestats,
    machine,
    networkcmds,
    selecttest,
    service,
    statistics,
    subnetcmds,
)
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, Reply, answer

LEASE_CMDS: Final = "libdhcp_lease_cmds"
HA: Final = "libdhcp_ha"
SUBNET_CMDS: Final = "libdhcp_subnet_cmds"
HOST_CMDS: Final = "libdhcp_host_cmds"
STAT_CMDS: Final = "libdhcp_stat_cmds"
CLASS_CMDS: Final = "libdhcp_class_cmds"

Function = Callable[[Context, Any], Reply]


class Command(NamedTuple):
    """One command. ``function`` gets the request's arguments as they came: None when there were none."""

    name: str
    function: Function
    library: str
    partner_may: bool
    summary: str


def list_commands(context: Context, arguments: object) -> Answer:
    """The names of all commands there are at present, sorted."""
    own = [row.name for row in available(context.libraries)]
    return answer(SUCCESS, None, sorted([*own, *context.extra_commands]))


def available(libraries: Collection[str]) -> list[Command]:
    """The commands that are there when these hook libraries are loaded."""
    return [row for row in COMMANDS if not row.library or row.library in libraries]


def _core(name: str, function: Function, summary: str, *, partner: bool = False) -> Command:
    return Command(name, function, "", partner, summary)


def _lease(name: str, function: Function, summary: str, *, partner: bool = False) -> Command:
    return Command(name, function, LEASE_CMDS, partner, summary)


def _subnet(name: str, function: Function, summary: str) -> Command:
    return Command(name, function, SUBNET_CMDS, False, summary)


def _host(name: str, function: Function, summary: str) -> Command:
    return Command(name, function, HOST_CMDS, False, summary)


def _class(name: str, function: Function, summary: str) -> Command:
    return Command(name, function, CLASS_CMDS, False, summary)


def _ha(name: str, summary: str, *, partner: bool = False) -> Command:
    return Command(name, ha.bound(name), HA, partner, summary)


COMMANDS: Final = (
    _core("list-commands", list_commands, "the names of all commands", partner=True),
    _core("version-get", daemon.version_get, "the version"),
    _core("build-report", daemon.build_report, "how the server was put together"),
    _core("status-get", daemon.status_get, "process, sockets, service and HA at a glance", partner=True),
    _core("shutdown", daemon.shutdown, "end the process"),
    _core("config-get", config.config_get, "the configuration in force, defaults filled in"),
    _core("config-hash-get", config.config_hash_get, "the hash of the configuration in force"),
    _core("config-test", config.config_test, "check a configuration without using it"),
    _core("config-set", config.config_set, "put a configuration into force"),
    _core("config-reload", config.config_reload, "read the configuration file again"),
    _core("config-write", config.config_write, "write the configuration in force to a file"),
    _core("dhcp-disable", service.dhcp_disable, "stop answering clients, for a time if wanted", partner=True),
    _core("dhcp-enable", service.dhcp_enable, "answer clients again", partner=True),
    _core("server-tag-get", machine.server_tag_get, "the server's name in a configuration database"),
    _core("config-backend-pull", machine.config_backend_pull, "fetch the configuration from a database"),
    _core("interface-list", machine.interface_list, "the interfaces of the machine"),
    _core("interface-add", machine.interface_add, "listen on further interfaces"),
    _core("interface-redetect", machine.interface_redetect, "look at the interfaces now"),
    _core("kea-lfc-start", machine.kea_lfc_start, "clean the lease file up now"),
    _core("subnet4-select-test", selecttest.subnet4_select_test, "the subnet a packet would be given"),
    _core("leases-reclaim", leases.leases_reclaim, "reclaim all leases whose time is over"),
    _core("statistic-get", statistics.statistic_get, "the samples of a counter"),
    _core("statistic-get-all", statistics.statistic_get_all, "the samples of all counters"),
    _core("statistic-global-get-all", statistics.statistic_global_get_all, "the same without subnets"),
    _core("statistic-reset", statistics.statistic_reset, "a counter back to zero"),
    _core("statistic-reset-all", statistics.statistic_reset_all, "all counters back to zero"),
    _core("statistic-remove", statistics.statistic_remove, "forget a counter"),
    _core("statistic-remove-all", statistics.statistic_remove_all, "forget all counters"),
    _core("statistic-sample-age-set", statistics.statistic_sample_age_set, "how old samples may get"),
    _core("statistic-sample-age-set-all", statistics.statistic_sample_age_set_all, "the same for all"),
    _core("statistic-sample-count-set", statistics.statistic_sample_count_set, "how many samples are kept"),
    _core("statistic-sample-count-set-all", statistics.statistic_sample_count_set_all, "the same for all"),
    _lease("lease4-add", leases.lease4_add, "create a lease"),
    _lease("lease4-update", leases.lease4_update, "replace a lease, or create it", partner=True),
    _lease("lease4-del", leases.lease4_del, "delete a lease", partner=True),
    _lease("lease4-bulk-apply", bulk.lease4_bulk_apply, "delete, create and replace leases", partner=True),
    _lease("lease4-wipe", leases.lease4_wipe, "delete all leases of a subnet"),
    _lease("lease4-get", leasequeries.lease4_get, "the lease of an address or a client"),
    _lease("lease4-get-all", leasequeries.lease4_get_all, "all leases, or some subnets'", partner=True),
    _lease("lease4-get-page", leasequeries.lease4_get_page, "the next leases by address", partner=True),
    _lease("lease4-get-by-hw-address", leasequeries.lease4_get_by_hw_address, "the same by hardware address"),
    _lease("lease4-get-by-client-id", leasequeries.lease4_get_by_client_id, "the same by client identifier"),
    _lease("lease4-get-by-hostname", leasequeries.lease4_get_by_hostname, "the same by host name"),
    _lease("lease4-get-by-state", leasequeries.lease4_get_by_state, "the same by state"),
    _lease("lease4-write", machine.lease4_write, "write all leases to another file"),
    _lease("lease4-resend-ddns", machine.lease4_resend_ddns, "send the names of a lease to the DNS again"),
    Command("stat-lease4-get", leasestats.stat_lease4_get, STAT_CMDS, False, "how full the subnets are"),
    _subnet("subnet4-list", subnetcmds.subnet4_list, "all subnets"),
    _subnet("subnet4-get", subnetcmds.subnet4_get, "one subnet, defaults filled in"),
    _subnet("subnet4-add", subnetcmds.subnet4_add, "add a subnet"),
    _subnet("subnet4-update", subnetcmds.subnet4_update, "replace a subnet"),
    _subnet("subnet4-del", subnetcmds.subnet4_del, "remove a subnet"),
    _subnet("subnet4-delta-add", subnetcmds.subnet4_delta_add, "add to a subnet, or change parts of it"),
    _subnet("subnet4-delta-del", subnetcmds.subnet4_delta_del, "remove parts of a subnet"),
    _subnet("network4-list", networkcmds.network4_list, "all shared networks"),
    _subnet("network4-get", networkcmds.network4_get, "one shared network, defaults filled in"),
    _subnet("network4-add", networkcmds.network4_add, "add a shared network"),
    _subnet("network4-del", networkcmds.network4_del, "remove a shared network"),
    _subnet("network4-subnet-add", networkcmds.network4_subnet_add, "take a subnet into a shared network"),
    _subnet("network4-subnet-del", networkcmds.network4_subnet_del, "take a subnet out of a shared network"),
    _host("reservation-add", hosts.reservation_add, "reserve an address, a name, options for a client"),
    _host("reservation-update", hosts.reservation_update, "replace a reservation"),
    _host("reservation-del", hosts.reservation_del, "remove a reservation"),
    _host("reservation-get", hosts.reservation_get, "the reservation of a client or an address in a subnet"),
    _host("reservation-get-all", hosts.reservation_get_all, "all reservations of a subnet"),
    _host("reservation-get-page", hosts.reservation_get_page, "the next reservations"),
    _host("reservation-get-by-address", hosts.reservation_get_by_address, "the reservations of an address"),
    _host("reservation-get-by-hostname", hosts.reservation_get_by_hostname, "the reservations of a name"),
    _host("reservation-get-by-id", hosts.reservation_get_by_id, "the reservations of a client"),
    _class("class-list", classcmds.class_list, "all client classes"),
    _class("class-get", classcmds.class_get, "one class, defaults filled in"),
    _class("class-add", classcmds.class_add, "add a class"),
    _class("class-update", classcmds.class_update, "replace a class"),
    _class("class-del", classcmds.class_del, "remove a class"),
    _ha("ha-heartbeat", "our HA state, for the partner", partner=True),
    _ha("ha-sync", "fetch the partner's leases now"),
    _ha("ha-scopes", "serve these scopes"),
    _ha("ha-continue", "go on from a paused state"),
    _ha("ha-reset", "start the HA states anew", partner=True),
    _ha("ha-maintenance-start", "take over, so that the partner can be serviced"),
    _ha("ha-maintenance-cancel", "call off maintenance of the partner"),
    _ha("ha-maintenance-notify", "what the partner tells us about maintenance", partner=True),
    _ha("ha-repair", "compare the leases with the partner's now, and repair what differs"),
    Command("ha-digest-get", digests.ha_digest_get, HA, True, "digests of leases by subnet, for the partner"),
    _ha("ha-sync-complete-notify", "the partner has fetched our leases", partner=True),
)

OURS: Final = frozenset(("lease4-bulk-apply", "ha-digest-get", "ha-repair"))
"""The commands that no Kea has."""

BY_NAME: Final = {row.name: row for row in COMMANDS}

PARTNER_MAY: Final = frozenset(row.name for row in COMMANDS if row.partner_may)
