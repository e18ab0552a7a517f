"""Everything that is wrong with a file is reported in one run, each with its place."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.config import load, load_tree
from kea_twisted.config.model import HookLibrary
from kea_twisted.config.unparse import effective
from kea_twisted.errors import ConfigError, Place, Problems
from tests.config.filetexts import SUBNET, errors, settings, unmarked

DATA = Path(__file__).parent.parent / "data"


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
            '"dhcp-ddns": {"enable-updates": true, "max-queue-size": ▸0}',
            "max-queue-size in dhcp-ddns is 0: nothing could be sent",
        ),
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
            "host-reservation-identifiers[1] exists already",
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
            "interfaces-config.interfaces[1] exists already",
        ),
        (
            '"interfaces-config": {"interfaces": ["em1", ▸"em1/10.0.0.1"]}',
            "interface 'em1' is given with and without an address",
        ),
        ('"interfaces-config": {"interfaces": [▸"em1/x"]}', "'em1/x': 'x' is not an IPv4 address"),
        ('"interfaces-config": {"interfaces": [▸"em1/"]}', "'em1/': '' is not an IPv4 address"),
        ('"interfaces-config": {"interfaces": [▸"*/10.0.0.1"]}', "'*/10.0.0.1' names no interface"),
        (
            '"lease-database": ▸{"type": "mysql"}',
            "a mysql lease database needs a 'name': that of the database in it",
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
            "subnet 10.0.0.1/24 in subnet4[1] exists already as 10.0.0.0/24 at ▹",
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
    text = (DATA / "tutorial" / "server1.conf").read_text()
    for position in (each for each, character in enumerate(text) if character in "]}"):
        with pytest.raises(ConfigError) as caught:
            load(text[:position] + text[position + 1 :], "f", lambda path: "")
        assert len(caught.value.problems) <= 3
        assert all("unknown keyword" not in problem.text for problem in caught.value.problems)


def test_a_bare_word_is_one_error_that_says_quotes() -> None:
    assert [text.partition(": ")[2] for text in errors('"valid-lifetime": long, "server-tag": here')] == [
        "'long' is not a value, a string needs double quotes: \"long\"",
        "'here' is not a value, a string needs double quotes: \"here\"",
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
RECORDED = [json.loads(path.read_text())["Dhcp4"] for path in sorted(DATA.glob("config-get/*.json"))]


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
