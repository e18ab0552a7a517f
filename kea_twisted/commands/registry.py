"""THE COMMAND TABLE of the server itself, one row each. Those of hook libraries are in their classes.

The names are Kea's; what Kea has and is not here is not supported. The access rights are those of Kea's descriptions
(``src/share/api``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Final

from kea_twisted.commands import (
    config,
    configdiff,
    daemon,
    explain,
    hostsystem,
    leases,
    leasesearch,
    picture,
    selecttest,
    service,
    statistics,
)
from kea_twisted.commands.context import READ, WRITE, Command, Context
from kea_twisted.commands.envelope import SUCCESS, Answer, Reply, answer


def list_commands(context: Context, arguments: object) -> Answer:
    """Return the names of all commands that are supported at present, sorted."""
    return answer(SUCCESS, None, sorted(context.commands))


def bound(name: str, function: Callable[[object], Reply]) -> Command:
    """Return the row of a command of a loaded library, whose function needs the arguments only."""
    return Command(name, "", lambda context, arguments: function(arguments), summary_of(function))


def summary_of(function: Callable[..., Reply]) -> str:
    """Return the first line of a function's docstring."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


COMMANDS: Final = (
    Command("list-commands", READ, list_commands, "the names of all commands", partner_may=True),
    Command("version-get", READ, daemon.version_get, "the version"),
    Command("build-report", READ, daemon.build_report, "how the server was put together"),
    Command("status-get", READ, daemon.status_get, "process, sockets, service and HA in one answer", partner_may=True),
    Command("shutdown", WRITE, daemon.shutdown, "end the process"),
    Command("config-get", READ, config.config_get, "the configuration in force, defaults filled in"),
    Command("config-hash-get", READ, config.config_hash_get, "the hash of the configuration in force"),
    Command("config-test", WRITE, config.config_test, "check a configuration without using it"),
    Command("config-set", WRITE, config.config_set, "put a configuration into force"),
    Command("config-reload", WRITE, config.config_reload, "read the configuration file again"),
    Command(
        "config-diff", READ, configdiff.config_diff, "the effect of a reload of the file", stands_for=("config-get",)
    ),
    Command("config-write", WRITE, config.config_write, "write the configuration in force to a file"),
    Command(
        "dhcp-disable", WRITE, service.dhcp_disable, "stop answering clients, for a time if wanted", partner_may=True
    ),
    Command("dhcp-enable", WRITE, service.dhcp_enable, "answer clients again", partner_may=True),
    Command("server-tag-get", READ, hostsystem.server_tag_get, "the server's name in a configuration database"),
    Command("config-backend-pull", WRITE, hostsystem.config_backend_pull, "fetch the configuration from a database"),
    Command("interface-list", READ, hostsystem.interface_list, "the interfaces of the machine"),
    Command("interface-add", WRITE, hostsystem.interface_add, "listen on further interfaces"),
    Command("interface-redetect", WRITE, hostsystem.interface_redetect, "look at the interfaces now"),
    Command("kea-lfc-start", WRITE, hostsystem.kea_lfc_start, "clean the lease file up now"),
    Command("subnet4-select-test", READ, selecttest.subnet4_select_test, "the subnet a packet would be given"),
    Command("subnet4o6-select-test", READ, selecttest.subnet4o6_select_test, "the same for a query over DHCPv6"),
    Command(
        "explain",
        READ,
        explain.explain,
        "the answer that a client would get, and why",
        stands_for=("lease4-get", "reservation-get"),
    ),
    Command(
        "picture-get",
        READ,
        picture.picture_get,
        "the server as its doctor sees it",
        partner_may=True,
        stands_for=("config-get", "status-get", "statistic-get-all"),
    ),
    Command(
        "leases-search",
        READ,
        leasesearch.leases_search,
        "leases by a part of what is in them",
        stands_for=("lease4-get-all",),
    ),
    Command("leases-reclaim", WRITE, leases.leases_reclaim, "reclaim all leases whose time is over"),
    Command("statistic-get", READ, statistics.statistic_get, "the samples of a counter"),
    Command("statistic-get-all", READ, statistics.statistic_get_all, "the samples of all counters"),
    Command("statistic-global-get-all", READ, statistics.statistic_global_get_all, "the same without subnets"),
    Command("statistic-reset", WRITE, statistics.statistic_reset, "a counter back to zero"),
    Command("statistic-reset-all", WRITE, statistics.statistic_reset_all, "all counters back to zero"),
    Command("statistic-remove", WRITE, statistics.statistic_remove, "forget a counter"),
    Command("statistic-remove-all", WRITE, statistics.statistic_remove_all, "forget all counters"),
    Command("statistic-sample-age-set", WRITE, statistics.statistic_sample_age_set, "how old samples may get"),
    Command("statistic-sample-age-set-all", WRITE, statistics.statistic_sample_age_set_all, "the same for all"),
    Command("statistic-sample-count-set", WRITE, statistics.statistic_sample_count_set, "how many samples are kept"),
    Command("statistic-sample-count-set-all", WRITE, statistics.statistic_sample_count_set_all, "the same for all"),
)

BY_NAME: Final = {row.name: row for row in COMMANDS}
