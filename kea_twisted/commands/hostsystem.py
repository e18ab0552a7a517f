"""Commands about what the server stands on: interfaces, the lease file, and databases that it does not have."""

from __future__ import annotations

from typing import Final

from kea_twisted.commands.arguments import as_map, file_name
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Reply, answer
from kea_twisted.commands.subnetedit import changed
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.csvrow import HEADER
from kea_twisted.lease.rowtext import rows_text
from kea_twisted.wire.address import address_text

ROWS: Final = 2000
"""Leases that are written into rows in one go: a few milliseconds of work."""
BLOCKS: Final = 200
"""Blocks of 256 addresses that are looked through for them."""


def server_tag_get(context: Context, arguments: object) -> Answer:
    """Return the server's name in a configuration database."""
    return answer(SUCCESS, None, {"server-tag": context.settings.tree.get("server-tag", "")})


def config_backend_pull(context: Context, arguments: object) -> Answer:
    """There is no configuration database."""
    return answer(EMPTY, "No config backend.")


def interface_list(context: Context, arguments: object) -> Answer:
    """Return every interface of the machine, and whether it is listened on."""
    try:
        interfaces = context.host_system.interfaces()
    except OSError as error:
        raise CommandError(f"the interfaces cannot be listed: {error.strerror or error}") from None
    rows = [
        {
            "name": each.name,
            "index": each.ifindex,
            "mac": each.mac.hex(":"),
            "type": each.kind,
            "addresses": [address_text(address) for address in each.addresses],
            "flag-loopback": each.loopback,
            "flag-up": each.up,
            "flag-running": each.running,
            "flag-multicast": each.multicast,
            "flag-broadcast": each.broadcast,
            "in-use": each.in_use,
        }
        for each in interfaces
    ]
    return answer(SUCCESS, f"{len(rows)} interfaces detected.", {"interfaces": rows})


def interface_redetect(context: Context, arguments: object) -> Answer:
    """Look at the interfaces now, as is done every few seconds anyway, and list them."""
    context.host_system.redetect()
    return interface_list(context, arguments)


def interface_add(context: Context, arguments: object) -> Reply:
    """Listen on further interfaces."""
    found = as_map(
        arguments,
        "Missing mandatory 'arguments' parameter.",
        "arguments for the 'interface-add' command must be a map",
    )
    if "interfaces" not in found:
        raise CommandError("Missing mandatory 'interfaces' map parameter in 'arguments'.")
    unknown = next((name for name in found if name != "interfaces"), None)
    if unknown is not None:
        raise CommandError(f"Unsupported '{unknown}' map parameter in 'arguments'.")
    names = found["interfaces"]
    if type(names) is not list or any(type(name) is not str for name in names):
        raise CommandError("Updating used interfaces failed: 'interfaces' must be a list of strings")

    def add(tree: dict[str, Json]) -> None:
        listed = tree.setdefault("interfaces-config", {}).setdefault("interfaces", [])
        listed += [name for name in dict.fromkeys(names) if name not in listed]

    before = "Updating used interfaces failed: "
    return changed(context, add, "Interface configuration successfully updated.", failed=before)


def kea_lfc_start(context: Context, arguments: object) -> Answer:
    """Clean the lease file up now; 3 when that is being done, 2 when there is no lease file."""
    started = context.host_system.start_cleanup()
    if started is None:
        text = "'persist' parameter of 'memfile' lease backend was configured to 'false'"
        raise CommandError(text, CommandError.UNSUPPORTED)
    return answer(SUCCESS, "kea-lfc started") if started else answer(EMPTY, "kea-lfc already running")


def lease4_write(context: Context, arguments: object) -> Reply:
    """Write all leases to a file in the folder of the lease file; one that was there is kept as ``.bakPID``."""
    found = as_map(arguments, "no parameters specified for the command", "arguments must be a map")
    if "filename" not in found:
        raise CommandError("'filename' parameter not specified")
    filename = found["filename"]
    if type(filename) is not str:
        raise CommandError("'filename' parameter must be a string")
    try:
        path = context.host_system.beside_lease_file(file_name(filename))
    except ValueError as error:
        raise CommandError(f"'filename' parameter is invalid: {error}") from None
    except PermissionError as error:
        raise CommandError(f"{filename} cannot be written: {error.strerror}") from None
    try:
        if context.host_system.rewrite_lease_file(path):
            return _written(path)
    except OSError as error:
        raise _not_written(path, error) from None
    texts = [HEADER, "\n"]
    behind = _add_rows(context, texts, -1)
    return _write(context, path, texts) if behind is None else _write_rest(context, path, texts, behind)


async def _write_rest(context: Context, path: str, texts: list[str], behind: int | None) -> Answer:
    while behind is not None:
        await context.turn()
        behind = _add_rows(context, texts, behind)
    return _write(context, path, texts)


def _add_rows(context: Context, texts: list[str], behind: int) -> int | None:
    """Add the rows of some leases of addresses above ``behind``; return the address behind which there are more."""
    addresses, packed, more = context.table.store.packed_page(behind, ROWS, BLOCKS)
    if addresses:
        texts.append(rows_text(addresses, packed))
    return more


def _write(context: Context, path: str, texts: list[str]) -> Answer:
    try:
        context.host_system.keep_aside(path)
        context.write_file(path, "".join(texts))
    except OSError as error:
        raise _not_written(path, error) from None
    return _written(path)


def _written(path: str) -> Answer:
    return answer(SUCCESS, f"IPv4 lease database into '{path}'.")


def _not_written(path: str, error: OSError) -> CommandError:
    return CommandError(f"{path} cannot be written: {error.strerror or error}")
