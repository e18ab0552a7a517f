"""Subnets and pools: inheritance resolved, options merged and encoded, ids given where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from kea_twisted.config import keawords, rules
from kea_twisted.config.hosts import GLOBAL
from kea_twisted.config.inherit import Levels
from kea_twisted.config.model import Pool, SharedNetwork, Subnet
from kea_twisted.config.names import check_ttl, name_rules, pool_name_rules
from kea_twisted.config.optiondata import ConfiguredOption, OptionSet
from kea_twisted.config.options import encode_options, merge, parse_definitions
from kea_twisted.config.over6 import over6_of
from kea_twisted.config.reservations import ReservationBuilder
from kea_twisted.config.rules import Found
from kea_twisted.config.text import Map
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import OPT_V6_ONLY_PREFERRED
from kea_twisted.wire.optiondefs import DHCP4_SPACE

Options = tuple[ConfiguredOption, ...]


class SubnetBuilder:
    """Collects all subnet maps, then builds them: which ids are free is known at the end."""

    def __init__(self, top: Map, problems: Problems) -> None:
        self._top = top
        self._problems = problems
        self.definitions = parse_definitions(_only_maps(top, "option-def"), problems)
        self.guards: set[str] = set()  # classes that a client must match to get an option
        self.guarded = False  # whether a subnet, network or pool is for members of a class only
        self._shared: dict[Any, OptionSet] = {}
        self._waiting: list[tuple[Found, Found | None]] = []
        self._network_options: dict[int, Options] = {}  # by the identity of the network's map
        self._global_options = self.option_level = self._encoded(top)
        self.options = self._merged((self._global_options,))
        self._reservations = ReservationBuilder(top, self._reserved_options, problems)
        self.hosts = self._reservations.hosts

    def add(self, members: Iterable[Found], network: Found | None) -> None:
        """Take subnets of the global level (None) or of a shared network."""
        if network is not None:
            self._network_options[id(network[0])] = self._encoded(network[0])
            rules.check_times(Levels((network[0], self._top), network[1]), self._problems)
            check_ttl(*network, self._problems)
        self._waiting.extend((member, network) for member in members)

    def finish(self) -> tuple[Subnet, ...]:
        """All subnets in the order they were added, without those whose prefix is wrong."""
        rules.check_unique((member for member, _ in self._waiting), "id", "subnet id", self._problems)
        numbers = self._numbers()
        built = []
        for (found, network), number in zip(self._waiting, numbers, strict=True):
            subnet = self._subnet(found, network, number)
            if subnet is not None:
                built.append((subnet, *found))
        rules.check_subnets(built, self._problems)
        subnets = tuple(subnet for subnet, _, _ in built)
        if "reservations" in self._top:
            self._reservations.add(self._top["reservations"], "", GLOBAL, None)
            early = self._top.get("early-global-reservations-lookup", False)
            self._reservations.check_global(self._top["reservations"], subnets, early)
        return subnets

    def network(self, section: Map, subnets: Iterable[Subnet]) -> SharedNetwork:
        """Return the record of a shared network whose subnets are built."""
        levels = Levels((section, self._top), "")
        name = section.get("name", "")
        return SharedNetwork(
            name=name,
            interface=section.get("interface", ""),
            relay_addresses=_relays(levels),
            subnets=tuple(subnet for subnet in subnets if subnet.shared_network == name),
            authoritative=levels.get("authoritative"),
        )

    def _numbers(self) -> list[int]:
        """Return the id of every subnet; where none is given, the smallest that is free, as in Kea before 3.0."""
        given = {section["id"] for (section, _), _ in self._waiting if "id" in section}
        numbers = []
        free = 1
        for (section, path), _ in self._waiting:
            number = section.get("id")
            if number is None:
                while free in given:
                    free += 1
                number = free
                given.add(number)
                section["id"] = number  # so that config-get shows it and config-write keeps it
                if len(self._waiting) > 1:
                    self._problems.warning(
                        section.place,
                        f"{path} has no id and gets {number}: without one, leases may change hands later",
                    )
            numbers.append(number)
        return numbers

    def _subnet(self, found: Found, network: Found | None, number: int) -> Subnet | None:
        section, path = found
        outer = (self._top,) if network is None else (network[0], self._top)
        levels = Levels((section, *outer), path)
        rules.check_times(levels, self._problems)
        check_ttl(section, path, self._problems)
        own = self._encoded(section)
        around = (self._network_options[id(network[0])],) if network is not None else ()
        options = (own, *around, self._global_options)
        where = self._prefix(section, path)
        if where is None:
            return None
        prefix, length = where
        pools = self._pools(found, options, levels)
        renew, rebind = levels.get("renew-timer"), levels.get("rebind-timer")
        classes = [self._guard(part) for part in (section, *outer[:-1])]
        subnet = Subnet(
            id=number,
            prefix=prefix,
            length=length,
            mask=0xFFFFFFFF << (32 - length) & 0xFFFFFFFF,
            text=section["subnet"].replace(" ", ""),
            pools=tuple(pool for pool, _, _ in pools),
            options=self._merged(options),
            shared_network=network[0].get("name", "") if network is not None else "",
            interface=section.get("interface") or (network[0].get("interface", "") if network is not None else ""),
            relay_addresses=_relays(levels),
            valid_lifetime=levels.triplet("valid-lifetime"),
            renew_timer=None if renew is not None and rebind is not None and renew > rebind else renew,
            rebind_timer=rebind,
            calculate_tee_times=levels.get("calculate-tee-times"),
            t1_percent=levels.get("t1-percent"),
            t2_percent=levels.get("t2-percent"),
            match_client_id=levels.get("match-client-id"),
            authoritative=levels.get("authoritative"),
            next_server=address_number(levels.get("next-server") or "0.0.0.0"),
            server_hostname=levels.get("server-hostname"),
            boot_file_name=levels.get("boot-file-name"),
            # An age of 0 is no age to reuse a lease at.
            cache_threshold=0.0 if levels.get("cache-max-age") == 0 else levels.get("cache-threshold"),
            cache_max_age=levels.get("cache-max-age") or 0,
            store_extended_info=levels.get("store-extended-info"),
            allocator=levels.get("allocator"),
            user_context=user_context(section),
            names=name_rules(levels, self._problems),
            offer_lifetime=levels.get("offer-lifetime") or 0,
            adaptive_lease_time_threshold=levels.get("adaptive-lease-time-threshold") or 1.0,
            prefers_v6_only=_has_v6_only(own, *around),
            reservations_global=levels.get("reservations-global"),
            reservations_in_subnet=levels.get("reservations-in-subnet"),
            reservations_out_of_pool=levels.get("reservations-out-of-pool"),
            client_classes=tuple(names for names in classes if names),
            additional_classes=tuple(name for part in (section, *outer[:-1]) for name in self._additional(part)),
            over6=over6_of(section, path, self._problems),
        )
        rules.check_pools(pools, subnet, self._problems)
        self._reservations.add(section.get("reservations", ()), f"{path}.", number, subnet)
        return subnet

    def _prefix(self, section: Map, path: str) -> tuple[int, int] | None:
        """Return the prefix of a subnet and its length; None for a wrong one, which is reported."""
        try:
            return rules.parse_prefix(section["subnet"])
        except KeyError:
            return None
        except ValueError as error:
            kea = keawords.prefix_text(section["subnet"])
            self._problems.error(section.place_of("subnet"), f"in {path}: {error}", kea)
            return None

    def _pools(self, found: Found, outer: tuple[Options, ...], levels: Levels) -> list[tuple[Pool, Map, str]]:
        section, path = found
        pools = []
        for index, item in _maps(section, "pools"):
            where = f"{path}.pools[{index}]"
            check_ttl(item, where, self._problems)
            options = self._merged((self._encoded(item), *outer))
            try:
                first, last = rules.parse_pool(item["pool"])
            except (KeyError, ValueError) as error:
                if isinstance(error, ValueError):
                    kea = keawords.pool_text(item["pool"])
                    self._problems.error(item.place_of("pool"), f"in {where}: {error}", kea)
                continue
            text = item["pool"].replace(" ", "")
            guard, additional = self._guard(item), self._additional(item)
            pool_id, context = item.get("pool-id", 0), user_context(item)
            names = pool_name_rules(item, levels, self._problems)
            pool = Pool(first, last, pool_id, options, text, context, guard, additional, names)
            pools.append((pool, item, where))
        return pools

    def _guard(self, section: Map) -> tuple[str, ...]:
        """Return the classes whose members a network, subnet or pool is for; () for all clients."""
        names = tuple(section.get("client-classes", ()))
        self.guarded = self.guarded or bool(names)
        return names

    def _additional(self, section: Map) -> tuple[str, ...]:
        names = tuple(section.get("evaluate-additional-classes", ()))
        self.guarded = self.guarded or bool(names)
        return names

    def _encoded(self, section: Map) -> Options:
        options = encode_options(section, self.definitions, self._problems)
        for option in options:
            self.guards.update(option.client_classes)
        return options

    def _reserved_options(self, section: Map) -> OptionSet | None:
        own = self._encoded(section) if "option-data" in section else ()
        return self._merged((own,)) if own else None

    def _merged(self, levels: Sequence[Options]) -> OptionSet:
        """Equal sets are one object: ten thousand subnets with the options of the global level share them."""
        outer = levels[-1] is self._global_options
        inner = tuple(level for level in (levels[:-1] if outer else levels) if level)
        found = self._shared.get((inner, outer))
        if found is None:
            found = replace(merge((*inner, self._global_options) if outer else inner), levels=inner)
            self._shared[inner, outer] = found
        return found


def _has_v6_only(*levels: Options) -> bool:
    return any(
        option.code == OPT_V6_ONLY_PREFERRED and option.space == DHCP4_SPACE for level in levels for option in level
    )


def user_context(section: Map) -> dict[str, Json]:
    """Return the user-context, ``comment`` in it, as Kea keeps it."""
    context = dict(section.get("user-context", {}))
    if "comment" in section:
        context["comment"] = section["comment"]
    return context


def _relays(levels: Levels) -> frozenset[int]:
    """Of the first level that names any (the global level has none)."""
    for section in levels.maps:
        addresses = section.get("relay", {}).get("ip-addresses")
        if addresses:
            return frozenset(address_number(text) for text in addresses)
    return frozenset()


def _maps(section: Map, key: str) -> Iterable[tuple[int, Map]]:
    return ((index, item) for index, item in enumerate(section.get(key, ())) if isinstance(item, Map))


def _only_maps(section: Map, key: str) -> list[Map]:
    return [item for _, item in _maps(section, key)]
