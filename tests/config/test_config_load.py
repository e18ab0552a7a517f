"""From text to settings: the values in force at each level, warnings, and keywords without effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kea_twisted.config import load, load_tree
from kea_twisted.config.model import HookLibrary, LogOutput, Pool, Triplet
from kea_twisted.errors import Place, Problems
from kea_twisted.wire.address import address_number as number
from tests.config.filetexts import SUBNET, errors, settings, subnet

DATABASE = '"name": "k", "write-timeout": 5, "cipher-list": "AES", "ssl-mode": "require", "connect-timeout": 2,'
TUTORIAL = Path(__file__).parent.parent / "data" / "tutorial"


@pytest.mark.parametrize("name", ["server1.conf", "server2.conf"])
def test_the_tutorial_loads_byte_for_byte(name: str) -> None:
    loaded = load((TUTORIAL / name).read_bytes().decode(), name, lambda path: "")
    assert [str(warning) for warning in loaded.warnings] == [f"{name}:37:49: comma before '}}': was an entry left out?"]
    assert loaded.no_effect == ()
    assert loaded.interfaces_config.interfaces == ("em1",)
    assert [library.base_name for library in loaded.hooks_libraries] == ["libdhcp_lease_cmds", "libdhcp_ha"]
    (only,) = loaded.subnets
    assert (only.id, only.text, only.valid_lifetime) == (1, "10.0.0.0/24", Triplet(7200, 7200, 7200))
    assert [(pool.first, pool.last) for pool in only.pools] == [(number("10.0.0.10"), number("10.0.0.110"))]
    assert only.options.by_code == {3: bytes([10, 0, 0, 1])}


# --- warnings


@pytest.mark.parametrize(
    ("inside", "warning"),
    [
        ('"renew-timer": 9, "rebind-timer": 8',
         "f:1:28: renew-timer 9 is above rebind-timer 8 in Dhcp4, it is not sent"),
        ('"subnet4": [{"subnet": "10.0.0.0/24", "id": 1}, {"subnet": "10.0.0.128/25", "id": 2}]',
         "f:1:72: subnet 10.0.0.128/25 in subnet4[1] lies inside 10.0.0.0/24 at f:1:36"),
        ('"subnet4": [{"subnet": "10.0.0.0/24", "id": 1}, {"subnet": "10.0.1.0/24"}]',
         "f:1:61: subnet4[1] has no id and gets 2: without one, leases may change hands later"),
    ],
)  # fmt: skip
def test_a_warning(inside: str, warning: str) -> None:
    assert [str(problem) for problem in settings(inside).warnings] == [warning]


# --- keywords without effect


@pytest.mark.parametrize(
    ("inside", "keywords"),
    [
        ('"reservations": [], "client-classes": [], "option-def": []', ()),
        ('"allocator": "iterative", "multi-threading": {"enable-multi-threading": true}', ()),
        ('"allocator": "random"', ()),
        ('"multi-threading": {"enable-multi-threading": false}', ()),
        ('"dhcp-ddns": {"enable-updates": true}, "ddns-send-updates": false, "ddns-ttl": 5', ()),
        ('"dhcp-ddns": {"enable-updates": false, "sender-ip": "0.0.0.0", "server-port": 53002}', ()),
        ('"dhcp-queue-control": {"enable-queue": false, "capacity": 500}', ()),
        ('"dhcp-queue-control": {"enable-queue": true}', ()),
        ('"multi-threading": {"enable-multi-threading": true, "thread-pool-size": 4, "packet-queue-size": 64}',
         ("multi-threading.thread-pool-size",)),
        ('"interfaces-config": {"interfaces": [], "re-detect": false}', ()),
        ('"loggers": [{"name": "x", "output-options": [{"output": "stdout", "flush": false}]}]', ()),
        ('"client-classes": [{"name": "a", "offer-lifetime": 5}]', ()),
        ('"sanity-checks": {"extended-info-checks": "strict"}', ()),
        ('"compatibility": {"lenient-option-parsing": true, "exclude-first-last-24": true}', ()),
        (f'"subnet4": [{{{SUBNET}, "reservations": [{{"duid": "01:02:03"}}], "4o6-interface": "x"}}]', ()),
        ('"lease-database": {"type": "memfile", "persist": false, "name": "x", "host": "y"}',
         ("lease-database.host",)),
        (f'"lease-database": {{{DATABASE} "type": "postgresql"}}',
         ("lease-database.write-timeout", "lease-database.cipher-list")),
        (f'"lease-database": {{{DATABASE} "type": "mysql"}}', ("lease-database.ssl-mode",)),
        (f'"hosts-databases": [{{{DATABASE} "type": "mysql"}}]', ("database.ssl-mode",)),
        (f'"hosts-databases": [{{{DATABASE} "type": "mysql"}}, {{{DATABASE} "type": "postgresql"}}]', ()),
    ],
)  # fmt: skip
def test_keywords_without_effect_are_listed_once(inside: str, keywords: tuple[str, ...]) -> None:
    assert settings(inside).no_effect == keywords


@pytest.mark.parametrize(
    ("kind", "warned"),
    [("", True), (', "dhcp-socket-type": "raw"', True), (', "dhcp-socket-type": "udp"', False)],
)
def test_use_routing_without_udp_sockets_is_warned_of(kind: str, warned: bool) -> None:
    inside = f'"interfaces-config": {{"interfaces": [], "outbound-interface": "use-routing"{kind}}}'
    texts = [warning.text for warning in settings(inside).warnings]
    assert any("use-routing needs dhcp-socket-type udp" in text for text in texts) == warned


# --- inheritance


@pytest.mark.parametrize(
    ("keyword", "field", "outer", "inner"),
    [
        ("renew-timer", "renew_timer", 100, 200),
        ("rebind-timer", "rebind_timer", 100, 200),
        ("calculate-tee-times", "calculate_tee_times", True, False),
        ("match-client-id", "match_client_id", False, True),
        ("server-hostname", "server_hostname", "a", "b"),
        ("boot-file-name", "boot_file_name", "a", "b"),
        ("cache-threshold", "cache_threshold", 0.5, 0.75),
        ("cache-max-age", "cache_max_age", 5, 6),
        ("store-extended-info", "store_extended_info", True, False),
    ],
)
def test_a_value_comes_from_the_nearest_level(keyword: str, field: str, outer: Any, inner: Any) -> None:
    def tree(top: Any, network: Any, own: Any) -> dict[str, Any]:
        def said(value: Any) -> dict[str, Any]:
            return {} if value is None else {keyword: value}

        member = {"subnet": "10.0.0.0/24", **said(own)}
        return {"Dhcp4": {**said(top), "shared-networks": [{"name": "n", "subnet4": [member], **said(network)}]}}

    def value(top: Any, network: Any, own: Any) -> Any:
        return getattr(load_tree(tree(top, network, own)).subnets[0], field)

    assert value(outer, None, None) == outer
    assert value(inner, outer, None) == outer
    assert value(outer, outer, inner) == inner


def test_lifetimes_are_inherited_one_by_one() -> None:
    loaded = subnet('"valid-lifetime": 500', '"min-valid-lifetime": 300, "valid-lifetime": 400,')
    assert loaded.valid_lifetime == Triplet(300, 500, 500)


def test_a_renew_timer_above_the_rebind_timer_is_not_sent() -> None:
    loaded = subnet('"renew-timer": 700', '"rebind-timer": 200,')
    assert (loaded.renew_timer, loaded.rebind_timer) == (None, 200)


def test_ids_fill_the_gaps_in_the_order_of_the_file() -> None:
    loaded = settings(
        '"shared-networks": [{"name": "n", "subnet4": ['
        '  {"subnet": "10.0.0.0/24"}, {"id": 2, "subnet": "10.0.1.0/24"}]}],'
        '"subnet4": [{"subnet": "10.0.2.0/24"}, {"id": 9, "subnet": "10.0.3.0/24"}]'
    )
    assert [(item.id, item.text, item.shared_network) for item in loaded.subnets] == [
        (1, "10.0.0.0/24", "n"), (2, "10.0.1.0/24", "n"), (3, "10.0.2.0/24", ""), (9, "10.0.3.0/24", ""),
    ]  # fmt: skip
    assert loaded.shared_networks[0].subnets == loaded.subnets[:2]


def test_a_network_lends_its_interface_and_relays_to_its_subnets() -> None:
    loaded = settings(
        '"shared-networks": [{"name": "n", "interface": "em1", "relay": {"ip-addresses": ["10.9.9.9"]},'
        '  "subnet4": [{"id": 1, "subnet": "10.0.0.0/24"},'
        '              {"id": 2, "subnet": "10.0.1.0/24", "relay": {"ip-address": "10.8.8.8"}}]}]'
    )
    first, second = loaded.subnets
    assert (first.interface, second.interface) == ("em1", "em1")
    assert (first.relay_addresses, second.relay_addresses) == ({number("10.9.9.9")}, {number("10.8.8.8")})


def test_options_of_all_levels_meet_in_the_pool() -> None:
    loaded = subnet(
        '"option-data": [{"name": "ntp-servers", "data": "10.0.0.2"}],'
        '"pools": [{"pool": "10.0.0.0/25", "option-data": [{"name": "routers", "data": "10.0.0.3"}]},'
        ' {"pool": "10.0.0.128/25"}]',
        '"option-data": [{"name": "routers", "data": "10.0.0.1"}],',
    )
    first, second = loaded.pools
    assert first.options.by_code == {3: bytes([10, 0, 0, 3]), 42: bytes([10, 0, 0, 2])}
    assert second.options.by_code == {3: bytes([10, 0, 0, 1]), 42: bytes([10, 0, 0, 2])}
    assert second.options is loaded.options


def test_own_definitions_hold_everywhere() -> None:
    loaded = subnet(
        '"option-data": [{"name": "speed", "data": "7"}]',
        '"option-def": [{"name": "speed", "code": 222, "type": "uint16"}],',
    )
    assert loaded.options.by_code == {222: b"\0\7"}


def test_host_bits_of_a_subnet_are_cleared() -> None:
    loaded = settings('"subnet4": [{"id": 1, "subnet": " 10.0.0.7 / 24 "}]').subnets[0]
    assert (loaded.prefix, loaded.length, loaded.text) == (number("10.0.0.0"), 24, "10.0.0.7/24")
    assert number("10.0.0.255") in loaded
    assert number("10.0.1.0") not in loaded


def test_a_pool_is_a_range_or_a_prefix() -> None:
    loaded = subnet('"pools": [{"pool": "10.0.0.16/28", "pool-id": 3}, {"pool": " 10.0.0.1 -10.0.0.9"}]')
    assert [(pool.first & 255, pool.last & 255, pool.pool_id) for pool in loaded.pools] == [
        (16, 31, 3),
        (1, 9, 0),
    ]


def test_a_comment_is_part_of_the_user_context() -> None:
    loaded = subnet('"user-context": {"a": 1}, "comment": "b", "pools": [{"pool": "10.0.0.0/25", "comment": "c"}]')
    assert loaded.user_context == {"a": 1, "comment": "b"}
    assert loaded.pools[0].user_context == {"comment": "c"}


def test_maps_become_records() -> None:
    loaded = settings(
        '"lease-database": {"type": "memfile", "name": "x", "persist": false, "lfc-interval": 5,'
        '  "max-row-errors": 6},'
        '"interfaces-config": {"interfaces": ["em1 / 10.0.0.1", "*"], "dhcp-socket-type": "udp"},'
        '"expired-leases-processing": {"max-reclaim-time": 7},'
        '"compatibility": {"ignore-rai-link-selection": true}, "next-server": "10.0.0.9",'
        '"decline-probation-period": 8'
    )
    assert (loaded.lease_database.name, loaded.lease_database.persist) == ("x", False)
    assert (loaded.lease_database.lfc_interval, loaded.lease_database.max_row_errors) == (5, 6)
    assert loaded.interfaces_config.interfaces == ("em1/10.0.0.1", "*")
    assert loaded.interfaces_config.dhcp_socket_type == "udp"
    assert loaded.expired_leases_processing.max_reclaim_time == 7
    assert loaded.ignore_rai_link_selection
    assert (loaded.next_server, loaded.decline_probation_period) == (number("10.0.0.9"), 8)


def test_loggers_by_either_name_of_their_outputs() -> None:
    loaded = settings(
        '"loggers": [{"name": "a", "severity": "debug", "output_options": [{"output": "b", "maxver": 3}]}]'
    )
    (logger,) = loaded.loggers
    assert (logger.name, logger.severity, logger.outputs) == ("a", "DEBUG", (LogOutput("b", maxver=3),))


def test_hook_parameters_know_their_places() -> None:
    seen: list[Place | None] = []

    def check(libraries: tuple[HookLibrary, ...], problems: Problems) -> None:
        parameters: Any = libraries[0].parameters
        seen.append(parameters.place_of("a"))

    load(
        '{"Dhcp4": {"hooks-libraries": [{"library": "x.so", "parameters": {"a": 1}}]}}',
        "f",
        lambda p: "",
        (check,),
    )
    assert seen == [Place("f", 1, 72)]


def test_ten_thousand_subnets_share_one_set_of_options() -> None:
    subnets = [
        {
            "subnet": f"10.{n >> 8}.{n & 255}.0/24",
            "id": n + 1,
            "pools": [{"pool": f"10.{n >> 8}.{n & 255}.0/25"}],
        }
        for n in range(10000)
    ]
    loaded = load_tree({"Dhcp4": {"option-data": [{"name": "routers", "data": "10.0.0.1"}], "subnet4": subnets}})
    sets = {id(item.options) for item in loaded.subnets} | {id(item.pools[0].options) for item in loaded.subnets}
    assert (len(loaded.subnets), sets) == (10000, {id(loaded.options)})
    assert isinstance(loaded.subnets[-1].pools[0], Pool)


def test_what_does_not_fit_a_field_of_the_message_is_refused_at_every_level() -> None:
    assert settings(f'"boot-file-name": "{"b" * 128}", "server-hostname": "{"s" * 63}"')
    host = f'"reservations": [{{"hw-address": "08:00:27:00:00:01", "boot-file-name": "{"b" * 128}"}}]'
    assert subnet(host)
    (long,) = errors(f'"boot-file-name": "{"b" * 129}"')
    assert "'boot-file-name' in Dhcp4 must have at most 128 bytes" in long
    (long,) = errors(f'"server-hostname": "{"s" * 64}"')
    assert "'server-hostname' in Dhcp4 must have at most 63 bytes" in long
    (wrong,) = errors(f'"hostname-char-set": "[^A-Z", "subnet4": [{{ {SUBNET} }}]')
    assert "'[^A-Z' is not a valid regular expression" in wrong
