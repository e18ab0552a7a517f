"""config-diff: what a reload would change, by path."""

from __future__ import annotations

import copy
from typing import Any

from kea_twisted.commands.configdiff import MOST, config_diff, differences
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.errors import ConfigError, Problem
from tests.commands.fakecontext import FakeContext

BASE: dict[str, Any] = {
    "Dhcp4": {
        "valid-lifetime": 3600,
        "subnet4": [{"id": 1, "pools": [{"pool": "10.0.0.1-10.0.0.9"}]}, {"id": 2, "pools": []}],
        "option-data": [{"code": 6, "data": "10.0.0.1"}, {"code": 6, "data": "10.0.0.2"}],
        "interfaces-config": {"interfaces": ["em1"]},
    }
}


def changed(**values: Any) -> list[tuple[str, object, object]]:
    after = copy.deepcopy(BASE)
    after["Dhcp4"] |= values
    return [tuple(change) for change in differences(BASE, after)]  # type: ignore[misc]


def test_nothing_differs_from_itself() -> None:
    assert changed() == []


def test_a_value_has_a_path() -> None:
    assert changed(**{"valid-lifetime": 60}) == [("Dhcp4.valid-lifetime", 3600, 60)]
    assert changed(**{"interfaces-config": {"interfaces": ["em1", "em2"]}}) == [
        ("Dhcp4.interfaces-config.interfaces", ["em1"], ["em1", "em2"])
    ]


def test_what_is_in_a_list_is_known_by_its_name_and_not_by_its_place() -> None:
    subnets = [{"id": 2, "pools": []}, {"id": 3, "pools": []}, {"id": 1, "pools": [{"pool": "10.0.0.1-10.0.0.99"}]}]
    assert changed(subnet4=subnets) == [
        ("Dhcp4.subnet4[id 1].pools[pool 10.0.0.1-10.0.0.9]", {"pool": "10.0.0.1-10.0.0.9"}, None),
        ("Dhcp4.subnet4[id 1].pools[pool 10.0.0.1-10.0.0.99]", None, {"pool": "10.0.0.1-10.0.0.99"}),
        ("Dhcp4.subnet4[id 3]", None, {"id": 3, "pools": []}),
    ]


def test_two_of_one_name_are_told_apart_by_their_place() -> None:
    options = [{"code": 6, "data": "10.0.0.1"}, {"code": 6, "data": "10.0.0.3"}]
    assert changed(**{"option-data": options}) == [("Dhcp4.option-data[1].data", "10.0.0.2", "10.0.0.3")]


def test_passwords_are_not_shown() -> None:
    found = list(differences({"user": "a", "password": "old"}, {"user": "a", "password": "new"}))
    assert [tuple(each) for each in found] == [("password", "*****", "*****")]


def test_passwords_in_what_comes_or_goes_as_a_whole_are_not_shown() -> None:
    peers = [{"name": "server1", "basic-auth-password": "hidden9", "role": "primary"}]
    clients = [[{"user": "a", "password": "hidden9"}], [{"user": "b", "password": "hidden9"}]]
    for secret in ({"peers": peers}, {"password": "hidden9"}, {"lease-database": {"type": "p", "password": "hidden9"}}):
        for before, after in (
            ({}, secret),
            (secret, {}),
            ({"x": [{}]}, {"x": [{}, secret]}),
            ({"x": 1}, {"x": secret}),
        ):
            found = list(differences(before, after))
            assert found and "hidden9" not in str(found) and "*****" in str(found)
    [gone, come] = differences(*({"clients": each} for each in clients))
    assert (gone.before, come.after) == ({"user": "a", "password": "*****"}, {"user": "b", "password": "*****"})


def test_the_url_of_alarms_is_not_shown() -> None:
    alarms = {"user-context": {"alarms": {"url": "https://alarms.example/hidden9", "kinds": ["pool"]}}}
    changed_url = {"user-context": {"alarms": {"url": "https://alarms.example/hidden8", "kinds": ["pool"]}}}
    [added] = differences({}, alarms)
    assert added.after == {"alarms": {"url": "*****", "kinds": ["pool"]}}
    [change] = differences(alarms, changed_url)
    assert tuple(change) == ("user-context.alarms.url", "*****", "*****")
    [peer] = differences({"url": "http://10.0.0.1/"}, {"url": "http://10.0.0.2/"})
    assert peer.after == "http://10.0.0.2/"


def test_the_command_compares_with_the_file() -> None:
    context = FakeContext()
    context.config_of_file = copy.deepcopy(dict(context.config))
    assert config_diff(context, None)["arguments"] == {"changes": [], "count": 0}
    context.config_of_file["Dhcp4"]["valid-lifetime"] = 77
    answer = config_diff(context, None)
    assert answer["text"] == "1 value(s) would change."
    assert answer["arguments"]["changes"][0]["after"] == 77


def test_a_long_list_is_cut_and_counted() -> None:
    context = FakeContext()
    context.config_of_file = dict(context.config) | {str(number): number for number in range(MOST + 7)}
    arguments = config_diff(context, None)["arguments"]
    assert (len(arguments["changes"]), arguments["count"]) == (MOST, MOST + 7)


def test_a_file_that_cannot_be_used_is_an_error() -> None:
    context = FakeContext()
    context.file_fault = ConfigError([Problem(None, "no subnet fits")])
    reply = dispatch(context, {"command": "config-diff"})
    assert reply == {"result": 1, "text": "the file cannot be used: no subnet fits"}
