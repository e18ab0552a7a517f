"""The functions of ``libdhcp_host_cmds``: those on the configuration alone, or with databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted.commands import hosts, storedhosts
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import Reply
from kea_twisted.jsonvalue import Json

Function = Callable[[Context, Json], Reply]


def _either(memory: Function, databases: Function) -> Function:
    """Return a function that looks whether the server has databases of reservations at present."""

    def function(context: Context, arguments: object) -> Reply:
        return (databases if context.host_databases else memory)(context, arguments)

    return function


FUNCTIONS: Final = {
    "reservation-add": _either(hosts.reservation_add, storedhosts.reservation_add),
    "reservation-update": _either(hosts.reservation_update, storedhosts.reservation_update),
    "reservation-del": _either(hosts.reservation_del, storedhosts.reservation_del),
    "reservation-get": _either(hosts.reservation_get, storedhosts.reservation_get),
    "reservation-get-all": _either(hosts.reservation_get_all, storedhosts.reservation_get_all),
    "reservation-get-page": _either(hosts.reservation_get_page, storedhosts.reservation_get_page),
    "reservation-get-by-address": _either(hosts.reservation_get_by_address, storedhosts.reservation_get_by_address),
    "reservation-get-by-hostname": _either(hosts.reservation_get_by_hostname, storedhosts.reservation_get_by_hostname),
    "reservation-get-by-id": _either(hosts.reservation_get_by_id, storedhosts.reservation_get_by_id),
}
