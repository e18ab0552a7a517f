"""The effective configuration against recorded answers of a real Kea 3.0.4 (tests/data/config-get)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.config import load, load_tree
from kea_twisted.config.unparse import config_hash, effective

RECORDED = Path(__file__).parent.parent / "data" / "config-get"
NAMES = sorted(path.stem for path in RECORDED.glob("*.conf"))


def recorded(name: str) -> tuple[str, dict[str, Any], str]:
    answer = json.loads((RECORDED / f"{name}.json").read_text())
    checksum = answer.pop("hash")
    return (RECORDED / f"{name}.conf").read_text(), answer, checksum


@pytest.mark.parametrize("name", NAMES)
def test_config_get_shows_what_kea_shows(name: str) -> None:
    text, answer, _ = recorded(name)
    assert effective(load(text, name, lambda path: "")) == answer


@pytest.mark.parametrize("name", NAMES)
def test_the_hash_is_that_of_kea(name: str) -> None:
    text, _, checksum = recorded(name)
    assert config_hash(effective(load(text, name, lambda path: ""))) == checksum


@pytest.mark.parametrize("name", NAMES)
def test_what_config_get_shows_is_a_configuration_that_shows_the_same(name: str) -> None:
    _, answer, _ = recorded(name)
    assert effective(load_tree(answer)) == answer


def test_an_id_that_was_given_automatically_is_shown() -> None:
    settings = load_tree({"Dhcp4": {"subnet4": [{"subnet": "10.0.0.0/24"}]}})
    assert effective(settings)["Dhcp4"]["subnet4"][0]["id"] == 1


def test_a_range_that_is_a_prefix_is_shown_as_one() -> None:
    pools = [{"pool": "10.0.0.4-10.0.0.7"}, {"pool": "10.0.0.9 - 10.0.0.12"}, {"pool": "10.0.0.1 - 10.0.0.1"}]
    settings = load_tree({"Dhcp4": {"subnet4": [{"subnet": "10.0.0.0/24", "pools": pools}]}})
    shown = [pool["pool"] for pool in effective(settings)["Dhcp4"]["subnet4"][0]["pools"]]
    assert shown == ["10.0.0.4/30", "10.0.0.9-10.0.0.12", "10.0.0.1/32"]
