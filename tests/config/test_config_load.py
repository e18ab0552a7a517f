"""From text to settings: what holds where, and everything that is wrong in one run."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.config import load, load_tree
from kea_twisted.config.model import HookLibrary, LogOutput, Pool, Settings, Subnet, Triplet
from kea_twisted.config.unparse import effective
from kea_twisted.errors import ConfigError, Place, Problems
from kea_twisted.wire.address import address_number as number

TUTORIAL = Path(__file__).parent.parent / "data" / "tutorial"
SUBNET = '"id": 1, "subnet": "10.0.0.0/24"'


def settings(inside: str) -> Settings:
    """Of a file with this between the braces of Dhcp4, which begin in column 12."""
    return load('{ "Dhcp4": {' + inside + "} }", "f", lambda path: "")


def subnet(inside: str, outside: str = "") -> Subnet:
    return settings(f'{outside} "subnet4": [{{ {SUBNET}, {inside} }}]').subnets[0]


def errors(inside: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings(inside)
    return [str(problem) for problem in caught.value.problems]


def unmarked(text: str) -> tuple[str, str, str]:
    """Without the marks: ▸ stands before what is wrong, ▹ before the other place that is named."""
    plain = text.replace("▸", "").replace("▹", "")
    wrong, other = (text.replace(skip, "").find(mark) + 13 for mark, skip in (("▸", "▹"), ("▹", "▸")))
    return plain, f"f:1:{wrong}", f"f:1:{other}"


# --- the tutorial


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


# --- what is wrong


@pytest.mark.parametrize(
    ("marked", "finding"),
    [
        ('▸"valid": 1', "unknown keyword 'valid' in Dhcp4"),
        ('▸"authoritativ": true', "unknown keyword 'authoritativ' in Dhcp4, did you mean 'authoritative'?"),
        (
            '"subnet4": [{"subnet": "10.0.0.0/24", "pools": [{▸"pol": "10.0.0.0/25", "pool": '
            '"10.0.0.0/25"}]}]',
            "unknown keyword 'pol' in subnet4[0].pools[0], did you mean 'pool'?",
        ),
        (
            '▸"reservation-mode": "all"',
            "unknown keyword 'reservation-mode' in Dhcp4: use reservations-global, "
            "reservations-in-subnet and reservations-out-of-pool",
        ),
        (
            '▸"control-socket": {"socket-type": "unix", "socket-name": "a"}, ▹"control-sockets": []',
            "'control-socket' in Dhcp4 is the old name of 'control-sockets', which is given too at ▹",
        ),
        ('"valid-lifetime": ▸"1"', "'valid-lifetime' in Dhcp4 must be an integer from 0 to 4294967295"),
        ('"valid-lifetime": ▸-2', "'valid-lifetime' in Dhcp4 must be an integer from 0 to 4294967295"),
        (
            '"valid-lifetime": ▸4294967296',
            "'valid-lifetime' in Dhcp4 must be an integer from 0 to 4294967295",
        ),
        ('"valid-lifetime": ▸1.0', "'valid-lifetime' in Dhcp4 must be an integer from 0 to 4294967295"),
        ('"valid-lifetime": ▸true', "'valid-lifetime' in Dhcp4 must be an integer from 0 to 4294967295"),
        ('"valid-lifetime": ▸null', "'valid-lifetime' in Dhcp4 must be an integer from 0 to 4294967295"),
        ('"authoritative": ▸1', "'authoritative' in Dhcp4 must be true or false"),
        ('"t1-percent": ▸1', "'t1-percent' in Dhcp4 must be written with a decimal point (1.0)"),
        (
            '"calculate-tee-times": true, "t1-percent": ▸0.0',
            "'t1-percent' in Dhcp4 must be more than 0.0 and less than 1.0",
        ),
        ('"cache-threshold": ▸1.0', "'cache-threshold' in Dhcp4 must be 0.0 or more and less than 1.0"),
        ('"next-server": ▸"10.0.0"', "'next-server' in Dhcp4 must be an IPv4 address"),
        (f'"server-hostname": ▸"{"a" * 64}"', "'server-hostname' in Dhcp4 must have at most 63 bytes"),
        ('"allocator": ▸"fastest"', "'allocator' in Dhcp4 must be one of iterative, random, flq, shared-flq"),
        (
            '"dhcp-ddns": {"enable-updates": true, "ncr-protocol": ▸"TCP"}',
            "'ncr-protocol' in dhcp-ddns must be UDP",
        ),
        ('"subnet4": ▸{}', "'subnet4' in Dhcp4 must be a list of maps"),
        ('"subnet4": [▸1]', "subnet4[0] must be a map"),
        ('"interfaces-config": ▸[]', "'interfaces-config' in Dhcp4 must be a map"),
        ('"host-reservation-identifiers": ▸[]', "'host-reservation-identifiers' in Dhcp4 must not be empty"),
        (
            '"host-reservation-identifiers": ["duid", ▸"duid"]',
            "host-reservation-identifiers[1] is there already",
        ),
        (
            '"hooks-libraries": [{"library": "a.so", "parameters": ▸[]}]',
            "'parameters' in hooks-libraries[0] must be a map",
        ),
        ('"hooks-libraries": [▸{"parameters": {}}]', "'library' is missing in hooks-libraries[0]"),
        ('"hooks-libraries": [{"library": ▸" "}]', "'library' in hooks-libraries[0] must not be empty"),
        ('"lease-database": ▸{}', "'type' is missing in lease-database"),
        ('"subnet4": [▸{"id": 1}]', "'subnet' is missing in subnet4[0]"),
        ('"shared-networks": [▸{}]', "'name' is missing in shared-networks[0]"),
        ('"multi-threading": ▸{}', "'enable-multi-threading' is missing in multi-threading"),
        (
            '"interfaces-config": {"interfaces": ["em1", ▸"em1"]}',
            "interfaces-config.interfaces[1] is there already",
        ),
        (
            '"interfaces-config": {"interfaces": ["em1", ▸"em1/10.0.0.1"]}',
            "interface 'em1' is given with and without an address",
        ),
        ('"interfaces-config": {"interfaces": [▸"em1/x"]}', "'em1/x': 'x' is not an IPv4 address"),
        ('"interfaces-config": {"interfaces": [▸"em1/"]}', "'em1/': '' is not an IPv4 address"),
        ('"interfaces-config": {"interfaces": [▸"*/10.0.0.1"]}', "'*/10.0.0.1' names no interface"),
        (
            '"lease-database": {"type": ▸"mysql"}',
            "Unable to open database: The Kea server has not been compiled with support for lease database type: "
            "mysql; leases are kept by memfile here",
        ),
        (
            '"lease-database": {"type": "memfile", "lfc-interval": ▸-1}',
            "'lfc-interval' in lease-database must be an integer from 0 to 4294967295",
        ),
        (
            '"expired-leases-processing": {"max-reclaim-time": ▸10001}',
            "'max-reclaim-time' in expired-leases-processing must be an integer from 0 to 10000",
        ),
        (
            '"loggers": [{"name": "kea-dhcp4", "severity": ▸1}]',
            "'severity' in loggers[0] must be one of FATAL, ERROR, WARN, INFO, DEBUG, NONE",
        ),
        (
            '"loggers": [{"name": "kea-dhcp4", "debuglevel": ▸"9"}]',
            "'debuglevel' in loggers[0] must be an integer from 0 to 99",
        ),
        (
            '▸"comment": "a", "user-context": {"comment": "b"}',
            "'comment' in Dhcp4 is in its user-context too",
        ),
        ('"min-valid-lifetime": ▸7201', "min-valid-lifetime 7201 is above valid-lifetime 7200 in Dhcp4"),
        ('"max-valid-lifetime": ▸1', "max-valid-lifetime 1 is below valid-lifetime 7200 in Dhcp4"),
        (
            f'"min-valid-lifetime": 9, "subnet4": [{{{SUBNET}, "valid-lifetime": ▸5}}]',
            "min-valid-lifetime 9 is above valid-lifetime 5 in subnet4[0]",
        ),
        (
            '"calculate-tee-times": true, "t1-percent": ▸0.9',
            "t1-percent 0.9 is not below t2-percent 0.875 in Dhcp4",
        ),
        ('"subnet4": [{"subnet": ▸"10.0.0.0"}]', "in subnet4[0]: '10.0.0.0' is not address/length"),
        ('"subnet4": [{"subnet": ▸"10.0.0.0/33"}]', "in subnet4[0]: '10.0.0.0/33' is not address/length"),
        (
            '"subnet4": [{"subnet": "10.0.0.0/24", "id": ▸0}]',
            "'id' in subnet4[0] must be an integer from 1 to 4294967294",
        ),
        (
            '"subnet4": [{"subnet": "10.0.0.0/24", "id": ▹7}, {"subnet": "10.0.1.0/24", "id": ▸7}]',
            "subnet id '7' in subnet4[1] is given twice, first at ▹",
        ),
        (
            '"subnet4": [{"subnet": ▹"10.0.0.0/24"}, {"subnet": ▸"10.0.0.1/24"}]',
            "subnet 10.0.0.1/24 in subnet4[1] is there already as 10.0.0.0/24 at ▹",
        ),
        (
            f'"subnet4": [{{{SUBNET}, "pools": [{{"pool": ▸"10.0.1.1 - 10.0.1.9"}}]}}]',
            "pool 10.0.1.1-10.0.1.9 in subnet4[0].pools[0] is not inside 10.0.0.0/24",
        ),
        (
            f'"subnet4": [{{{SUBNET}, "pools": [{{"pool": ▹"10.0.0.1-10.0.0.9"}}, {{"pool": '
            f'▸"10.0.0.9-10.0.0.20"}}]}}]',
            "pool 10.0.0.9-10.0.0.20 in subnet4[0].pools[1] overlaps with 10.0.0.1-10.0.0.9 at ▹",
        ),
        (
            f'"subnet4": [{{{SUBNET}, "pools": [{{"pool": ▸"10.0.0.9"}}]}}]',
            "in subnet4[0].pools[0]: pool '10.0.0.9' is neither 'address - address' nor 'address/length'",
        ),
        (
            f'"subnet4": [{{{SUBNET}, "pools": [{{"pool": ▸"10.0.0.9-10.0.0.1"}}]}}]',
            "in subnet4[0].pools[0]: pool '10.0.0.9-10.0.0.1' ends before it begins",
        ),
        (
            f'"subnet4": [{{{SUBNET}, "pools": [{{"pool": ▸"10.0.0.9/25"}}]}}]',
            "in subnet4[0].pools[0]: pool '10.0.0.9/25' does not begin where the prefix does, 10.0.0.0/25",
        ),
        (
            '"shared-networks": [{"name": ▹"a"}, {"name": ▸"a"}]',
            "shared network 'a' in shared-networks[1] is given twice, first at ▹",
        ),
        (
            f'"shared-networks": [{{"name": "a", "interface": "em1", "subnet4": [{{{SUBNET}, "interface": '
            f'▸"em2"}}]}}]',
            "interface 'em2' in shared-networks[0].subnet4[0]: the network is on 'em1'",
        ),
        (
            f'"shared-networks": [{{"name": "a", "subnet4": [{{{SUBNET}, "authoritative": ▸true}}]}}]',
            "authoritative in shared-networks[0].subnet4[0] differs from that of its shared network",
        ),
        (
            '"option-data": [{"name": ▸"router", "data": "10.0.0.1"}]',
            "option dhcp4.router: definition for the option 'dhcp4.router' does not exist, did you mean 'routers'?",
        ),
        (
            f'"subnet4": [{{{SUBNET}, "reservations": [▸{{"ip-address": "10.0.0.1"}}]}}]',
            "subnet4[0].reservations[0] needs one of hw-address, duid, client-id, circuit-id, flex-id; "
            "it has none",
        ),
        (
            f'"subnet4": [{{{SUBNET}, "reservations": [{{"duid": "01:02:03", "ip-address": '
            f'▸"10.0.1.1"}}]}}]',
            "address 10.0.1.1 in subnet4[0].reservations[0] is not inside 10.0.0.0/24",
        ),
        ('"control-sockets": [▸{"socket-type": "unix"}]', "'socket-name' is missing in control-sockets[0]"),
        (
            '"client-classes": [{"name": ▹"a"}, {"name": ▸"a"}]',
            "class 'a' in client-classes[1] is given twice, first at ▹",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(marked: str, finding: str) -> None:
    inside, place, other = unmarked(marked)
    assert errors(inside) == [f"{place}: {finding.replace('▹', other)}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"Dhcp4": {}, "Logging": 1}',
            "f:1:15: unexpected 'Logging' at the top of the configuration: only 'Dhcp4' may be there",
        ),
        ('{"Dhcp6": {}}', "f:1:2: unexpected 'Dhcp6' at the top of the configuration, expected 'Dhcp4'"),
        ("{}", "f:1:1: 'Dhcp4' is missing"),
        ("[]", "f:1:1: a configuration is a map"),
        ('{"Dhcp4": []}', "f:1:11: 'Dhcp4' must be a map"),
        ('{"Dhcp4": {}, "Dhcp4": {}}', "f:1:15: duplicate key 'Dhcp4', first given at f:1:2"),
    ],
)  # fmt: skip
def test_dhcp4_is_the_one_key_at_the_top(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text, "f", lambda path: "")
    assert expected in [str(problem) for problem in caught.value.problems]


def test_everything_is_said_in_one_run_in_the_order_of_the_text() -> None:
    text = """{ "Dhcp4": {
  "valid-lifetime": "long",
  "typo": 1,
  "subnet4": [
    { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.9.1 - 10.0.9.2" } ] },
    { "id": 1, "subnet": "10.0.1.0/24", "option-data": [ { "name": "routers", "data": "x" } ] },
    { "id": 2, "subnet": nonsense }
  ]
} }"""

    def check(libraries: tuple[HookLibrary, ...], problems: Problems) -> None:
        problems.error(Place("f", 9, 1), "said by a hook library")

    with pytest.raises(ConfigError) as caught:
        load(text, "f", lambda path: "", (check,))
    places = [problem.place[1:] for problem in caught.value.problems if problem.place]
    assert places == [(2, 21), (3, 3), (5, 62), (6, 13), (6, 87), (7, 26), (9, 1)]


def test_a_missing_bracket_is_named_without_errors_that_follow_from_it() -> None:
    text = (TUTORIAL / "server1.conf").read_text()
    for position in (each for each, character in enumerate(text) if character in "]}"):
        with pytest.raises(ConfigError) as caught:
            load(text[:position] + text[position + 1 :], "f", lambda path: "")
        assert len(caught.value.problems) <= 3
        assert all("unknown keyword" not in problem.text for problem in caught.value.problems)


def test_a_bare_word_is_one_error_that_says_quotes() -> None:
    assert [text.partition(": ")[2] for text in errors('"valid-lifetime": long, "server-tag": here')] == [
        "'long' is no value, a text needs double quotes: \"long\"",
        "'here' is no value, a text needs double quotes: \"here\"",
    ]


@pytest.mark.parametrize(
    "inside",
    [
        '<?include "gone"?>, "valid-lifetime": 5', '"valid-lifetime": 5, <?include "gone"?>',
        '"valid-lifetime": 5 <?include "gone"?>, "renew-timer": 5', '<?include "gone"?> "valid-lifetime": 5',
        '"subnet4": [<?include "gone"?>, {"id": 1, "subnet": "10.0.0.0/24"}]',
    ],
)  # fmt: skip
def test_an_include_that_cannot_be_read_is_one_error(inside: str) -> None:
    def gone(path: str) -> str:
        raise FileNotFoundError(2, "No such file or directory", path)

    with pytest.raises(ConfigError) as caught:
        load(f'{{"Dhcp4": {{{inside}}}}}', "f", gone)
    assert [problem.text for problem in caught.value.problems] == [
        "cannot read included file 'gone': No such file or directory"
    ]


@pytest.mark.parametrize("name", ["renew-timer", "rebind-timer"])
def test_a_timer_above_the_lifetime_is_reported_once_where_it_was_written(name: str) -> None:
    loaded = settings(f'"{name}": 8000, "valid-lifetime": 7200, "subnet4": [{{ {SUBNET} }}]')
    text = f"{name} 8000 is above valid-lifetime 7200 in Dhcp4, it is not sent"
    assert [warning.text for warning in loaded.warnings] == [text]
    inner = settings(f'"{name}": 5000, "subnet4": [{{ {SUBNET}, "valid-lifetime": 4000 }}]')
    assert [warning.text for warning in inner.warnings] == [
        f"{name} 5000 is above valid-lifetime 4000 in subnet4[0], it is not sent"
    ]


def test_after_syntax_errors_nothing_is_called_missing() -> None:
    found = errors('"hooks-libraries": [{"library" "a.so"}]')
    assert len(found) == 1


def test_an_error_in_an_included_file_is_placed_there() -> None:
    with pytest.raises(ConfigError, match="^pools.json:2:13: in subnet4"):
        load(
            '{"Dhcp4": {"subnet4": [{"subnet": "10.0.0.0/24", "pools": [<?include "pools.json"?>]}]}}',
            "f", {"pools.json": '\n { "pool":  "nonsense" }'}.__getitem__,
        )  # fmt: skip


def test_a_tree_from_a_command_has_errors_without_places_and_is_not_changed() -> None:
    tree = {"Dhcp4": {"subnet4": [{"subnet": "10.0.0.0/24"}], "control-socket": {"socket-type": "unix"}}}
    with pytest.raises(ConfigError, match=r"^'socket-name' is missing in control-sockets\[0\]$"):
        load_tree(tree)
    assert tree["Dhcp4"] == {
        "subnet4": [{"subnet": "10.0.0.0/24"}],
        "control-socket": {"socket-type": "unix"},
    }


def test_a_bottomless_tree_is_refused() -> None:
    tree: Any = {}
    for _ in range(200):
        tree = {"Dhcp4": tree}
    with pytest.raises(ConfigError, match="more than 100 levels of nesting"):
        load_tree(tree)


JUNK = st.sampled_from(
    [None, 1, -1, 1.5, True, "", "x", "10.0.0.1", "10.0.0.0/24", [], [1], ["x"], {}, [{}], {"a": 1}]
).map(copy.deepcopy)  # so that no junk gets into itself
RECORDED = [json.loads(path.read_text())["Dhcp4"] for path in sorted(TUTORIAL.parent.glob("config-get/*.json"))]


@given(st.randoms(use_true_random=False), st.sampled_from(RECORDED), st.lists(JUNK, min_size=1, max_size=3))
def test_whatever_stands_somewhere_is_taken_or_refused_with_a_place(random: Any, tree: Any, junk: list[Any]) -> None:
    tree = copy.deepcopy(tree)
    for item in junk:
        node, key = tree, random.choice(sorted(tree))
        while isinstance(node[key], (dict, list)) and node[key] and random.random() < 0.8:
            node = node[key]
            key = random.choice(sorted(node)) if isinstance(node, dict) else random.randrange(len(node))
        node[key] = item
    try:
        effective(load(json.dumps({"Dhcp4": tree}), "f", lambda path: ""))
    except ConfigError as error:
        assert all(problem.place for problem in error.problems)


# --- what is said and goes


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


# --- what has no effect


@pytest.mark.parametrize(
    ("inside", "keywords"),
    [
        ('"reservations": [], "client-classes": [], "option-def": []', ()),
        ('"allocator": "iterative", "multi-threading": {"enable-multi-threading": true}', ()),
        ('"allocator": "random"', ()),
        ('"multi-threading": {"enable-multi-threading": false}', ()),
        ('"dhcp-ddns": {"enable-updates": false}, "ddns-send-updates": true', ()),
        ('"dhcp-ddns": {"enable-updates": false, "sender-ip": "0.0.0.0", "server-port": 53002}', ()),
        ('"dhcp-queue-control": {"enable-queue": false, "capacity": 500}', ()),
        ('"dhcp-queue-control": {"enable-queue": true}', ("dhcp-queue-control",)),
        ('"multi-threading": {"enable-multi-threading": true, "thread-pool-size": 4, "packet-queue-size": 64}',
         ("multi-threading.thread-pool-size",)),
        ('"interfaces-config": {"interfaces": [], "re-detect": false}', ("interfaces-config.re-detect",)),
        ('"loggers": [{"name": "x", "output-options": [{"output": "stdout", "flush": false}]}]', ("output.flush",)),
        (
            '"dhcp-ddns": {"enable-updates": true}, "ddns-send-updates": false',
            ("dhcp-ddns", "ddns-send-updates"),
        ),
        ('"client-classes": [{"name": "a", "offer-lifetime": 5}]', ()),
        ('"sanity-checks": {"extended-info-checks": "strict"}', ("sanity-checks.extended-info-checks",)),
        ('"compatibility": {"lenient-option-parsing": true, "exclude-first-last-24": true}', ()),
        (f'"subnet4": [{{{SUBNET}, "reservations": [{{"duid": "01:02:03"}}], "4o6-interface": "x"}}]',
         ("4o6-interface",)),
        ('"lease-database": {"type": "memfile", "persist": false, "name": "x", "host": "y"}',
         ("lease-database.host",)),
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


# --- what holds where


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
