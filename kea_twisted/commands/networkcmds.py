"""``libdhcp_subnet_cmds``, second half: shared networks, and which subnets are in them."""

from __future__ import annotations

from kea_twisted.commands import subnetedit
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Reply, answer, listed
from kea_twisted.commands.subnetcmds import map_of, one_entry, without_reservations
from kea_twisted.commands.subnetedit import Tree
from kea_twisted.config.model import SharedNetwork, Subnet
from kea_twisted.errors import CommandError


def network4_list(context: Context, arguments: object) -> Answer:
    """Return the names of all shared networks."""
    rows = [{"name": name} for name in sorted(network.name for network in context.settings.shared_networks)]
    return listed({"shared-networks": rows}, len(rows), "IPv4 network", "IPv4 networks")


def network4_get(context: Context, arguments: object) -> Answer:
    """Return one shared network as it is in force, defaults filled in."""
    found = map_of(arguments, "network4-get")
    if "name" not in found:
        raise CommandError("invalid 'network4-get': missing mandatory 'name' parameter")
    name = found["name"]
    if type(name) is not str:
        raise CommandError("'name' parameter must be a string")
    try:
        network = subnetedit.network_of(context.config["Dhcp4"], name)
    except KeyError:
        raise CommandError(f"No '{name}' shared network found", EMPTY) from None
    shown = {**network, "subnet4": [without_reservations(subnet) for subnet in network["subnet4"]]}
    text = f"Info about IPv4 shared network '{name}' returned"
    return answer(SUCCESS, text, {"shared-networks": [shown]})


def network4_add(context: Context, arguments: object) -> Reply:
    """Add a shared network with its subnets."""
    found = map_of(arguments, "network4-add")
    entry = one_entry(found, "shared-networks", "network", "network4-add")
    if "name" not in entry:
        subnetedit.refuse_unknown(entry, "network")
        raise CommandError("missing parameter 'name'")
    name = entry["name"]
    if type(name) is not str:
        raise CommandError("'name' parameter is not a string")
    if _network(context, name) is not None:
        raise CommandError(f"duplicate network '{name}' found in the configuration")
    subnets = entry.get("subnet4")
    for subnet in subnets if isinstance(subnets, list) else ():
        number = subnet.get("id") if isinstance(subnet, dict) else None
        if type(number) is int and number in context.subnets.by_id:
            raise CommandError(f"ID of the new IPv4 subnet '{number}' is already in use")
    return subnetedit.changed(
        context,
        lambda tree: tree.setdefault("shared-networks", []).append(entry),
        f"A new IPv4 shared network '{name}' added",
        {"shared-networks": [{"name": name}]},
    )


def network4_del(context: Context, arguments: object) -> Reply:
    """Remove a shared network; its subnets stay as plain ones, or go too with ``subnets-action`` delete."""
    found = map_of(arguments, "network4-del")
    if "name" not in found:
        raise CommandError("network name ('name') is required for the 'network4-del' command")
    name, action = found["name"], found.get("subnets-action", "keep")
    if type(name) is not str:
        raise CommandError("network name ('name') specified for the 'network4-del' is not a string")
    if type(action) is not str:
        text = "subnets-action parameter for network4-del command must be a string. "
        raise CommandError(text + "Supported values are: 'keep' and 'delete'.")
    if action not in ("keep", "delete"):
        text = f"Invalid value for subnets-action parameter: {action}, Supported values: 'keep' and 'delete'."
        raise CommandError(text)
    if _network(context, name) is None:
        raise CommandError(f"no shared network with name '{name}' found", EMPTY)

    def remove(tree: Tree) -> None:
        network = subnetedit.network_of(tree, name)
        tree["shared-networks"].remove(network)
        if action == "keep":
            tree.setdefault("subnet4", []).extend(network.get("subnet4", ()))

    text = f"IPv4 shared network '{name}' deleted"
    return subnetedit.changed(context, remove, text, {"shared-networks": [{"name": name}]})


def network4_subnet_add(context: Context, arguments: object) -> Reply:
    """Take a plain subnet into a shared network."""
    network, number = _network_and_id(context, arguments, "network4-subnet-add")
    subnet = context.subnets.by_id.get(number)
    if subnet is None:
        raise CommandError(f"no IPv4 subnet with id '{number}' found", EMPTY)
    if subnet.shared_network == network.name:
        raise CommandError(f"attempted to add subnet with a duplicated subnet identifier {number}")
    if subnet.shared_network:
        text = f"subnet {number} being added to a shared network already belongs to a shared network"
        raise CommandError(text)

    def move(tree: Tree) -> None:
        subnets, index = subnetedit.place_of_subnet(tree, number)
        subnetedit.network_of(tree, network.name).setdefault("subnet4", []).append(subnets.pop(index))

    text = f"{_named(subnet)} is now part of shared network '{network.name}'"
    return subnetedit.changed(context, move, text)


def network4_subnet_del(context: Context, arguments: object) -> Reply:
    """Make a subnet of a shared network a plain one."""
    network, number = _network_and_id(context, arguments, "network4-subnet-del")
    subnet = context.subnets.by_id.get(number)
    if subnet is None or subnet.shared_network != network.name:
        text = f"The IPv4 subnet with id {number} is not part of the shared network with name "
        raise CommandError(f"{text}'{network.name}' found", EMPTY)

    def move(tree: Tree) -> None:
        subnets, index = subnetedit.place_of_subnet(tree, number)
        tree.setdefault("subnet4", []).append(subnets.pop(index))

    text = f"{_named(subnet)} is now removed from shared network '{network.name}'"
    return subnetedit.changed(context, move, text)


def _network_and_id(context: Context, arguments: object, command: str) -> tuple[SharedNetwork, int]:
    found = map_of(arguments, command)
    for key in ("name", "id"):
        if key not in found:
            raise CommandError(f"missing '{key}' argument for the '{command}' command")
    name, number = found["name"], found["id"]
    if type(name) is not str:
        raise CommandError(f"'name' argument specified for the '{command}' command is not a string")
    if type(number) is not int:
        # Kea's sentence names the other argument
        raise CommandError(f"'id' argument specified for the '{command}' command is not an integer")
    network = _network(context, name)
    if network is None:
        raise CommandError(f"no IPv4 shared network with name '{name}' found", EMPTY)
    return network, number


def _network(context: Context, name: str) -> SharedNetwork | None:
    return next((one for one in context.settings.shared_networks if one.name == name), None)


def _named(subnet: Subnet) -> str:
    return f"IPv4 subnet {subnet.text} (id {subnet.id})"
