"""``picture-get``: what the checks of ``keadhcp-ctl doctor`` need of a server. No Kea has this command.

A partner may ask for it, so it has no credentials, no file names, and of reservations the identifiers, by which
differences are named, and digests of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kea_twisted.commands.context import Context
from kea_twisted.commands.daemon import status_get
from kea_twisted.commands.envelope import SUCCESS, Answer, answer
from kea_twisted.config.model import ControlSocket
from kea_twisted.doctor.compare import common_part
from kea_twisted.engine.pooluse import pool_prefixes
from kea_twisted.jsonvalue import Json

SOON: Final = 14
"""Days."""

SCARCE: Final = 90
"""Percent of the addresses of pools from which they are listed."""

COMMAND: Final = "picture-get"


def picture_get(context: Context, arguments: object) -> Answer:
    """Return status, counts of leases, and the part of the configuration that partners have in common."""
    settings, database = context.settings, context.settings.lease_database
    found: dict[str, Json] = {
        "version": context.version,
        "time": context.now(),
        "hash": context.config_hash,
        "status": status_get(context, None)["arguments"],
        "common": common_part(context.config["Dhcp4"]),
        "control-sockets": [_socket(each) for each in settings.control_sockets if each.kind != "unix"],
        "lease-database": {
            "type": database.type, "persist": database.persist, "lfc-interval": database.lfc_interval,
        },
        "leases": len(context.table.store),
        "path-rules": context.host_system.checks_paths,
        "subnets": _subnets(context),
        "soon-full": list(_soon_full(context)),
        "scarce-pools": list(_scarce(context)),
    }  # fmt: skip
    file = context.host_system.lease_file()
    if file is not None:
        found["lease-file"] = {"size": file[0], "free": context.host_system.free_space()}
    return answer(SUCCESS, "Picture returned.", found)


def _subnets(context: Context) -> list[dict[str, Json]]:
    value = context.statistics.value
    return [
        {"id": subnet.id, "subnet": subnet.text}
        | {what: value(f"subnet[{subnet.id}].{what}-addresses") for what in ("total", "assigned", "declined")}
        for subnet in context.settings.subnets
    ]


def _soon_full(context: Context) -> Iterator[dict[str, object]]:
    """Yield the pools that will be full before long if they go on as in the last days, where that is measured."""
    pools = context.measurements.pools
    if not pools.span:
        return
    for subnet in context.settings.subnets:
        for prefix in pool_prefixes((subnet,)):
            found = pools.forecast(prefix, context.statistics.value(f"{prefix}total-addresses"))
            if found is not None and found.days is not None and found.days < SOON:
                yield {"id": subnet.id, "subnet": subnet.text, "days": round(max(0.0, found.days), 1)}


def _scarce(context: Context) -> Iterator[dict[str, object]]:
    """Yield the pools of subnets with room elsewhere that are nearly full for the members of a class, or for others.

    Members of a class have the pools for it and those for all, the others only these. The statistics do not tell, as
    pools share an id unless the file gives each its own.
    """
    for subnet in context.settings.subnets:
        groups = dict.fromkeys(pool.client_classes for pool in subnet.pools)
        book = context.table.known_book(subnet.id)
        if len(groups) < 2 or book is None:
            continue
        for classes in groups:
            pools = [each for each in book.pools if each.pool.client_classes in ((), classes)]
            total, used = sum(each.taken.size for each in pools), sum(each.taken.kept_back for each in pools)
            if 100 * used >= SCARCE * total:
                yield {
                    "id": subnet.id, "subnet": subnet.text, "classes": list(classes),
                    "pools": [each.pool.text for each in pools], "total": total, "used": used,
                }  # fmt: skip


def _socket(socket: ControlSocket) -> dict[str, object]:
    return {"address": socket.address, "port": socket.port, "protected": not socket.is_open_to_all}
