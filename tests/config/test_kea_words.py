"""Wrong configurations: what is logged and answered holds the words of a Kea 3.0.4, recorded from a real one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.net.nicchecks import InterfaceCheck
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.commands.config import config_test
from kea_twisted.config import load, load_tree
from kea_twisted.errors import CommandError, ConfigError, Problem
from kea_twisted.server import libraries
from tests.config.wronginputs import FILES
from tests.fakes import RecordingLog

RECORDED = Path(__file__).parent.parent / "data" / "kea-errors.json"
"""By the names of ``FILES``: what Kea says without places; "" where it takes the configuration."""

DIFFERENT: Final = {
    "option unknown": "Kea adds a code of 0 at the global level, and does not elsewhere",
    "class test is text": "the tokens have the names that the manual gives them",
    "authentication": "'basic' is named as what there is",
    "hook folder": "Kea's own libraries are part of this server, whatever folder is written",
    "hook absent": "the libraries that there are are named",
    "log folder": "refused by a check here, by a start in Kea",
    "comment twice": "refused here, one of both is lost in Kea",
}


def words(text: str) -> str:
    """Return Kea's text without the places at which its files and ours are wrong."""
    text = re.sub(r"^(Error encountered|Syntax check failed with): ", "", text)
    text = re.sub(r" ?(and )?\(/mnt/[^)]*\)| \[client-classes map between .*\]|/mnt/\S+?:[\d.-]+:? ", "", text)
    return text.removesuffix(" at").strip()


def findings(tree: dict[str, Any]) -> list[str]:
    folders = Folders("/mnt", "/mnt", "/mnt", "/mnt")
    nics = {name: Nic(name, number, b"", ()) for number, name in enumerate(("lo", "em1"), 1)}
    checks = (
        ControlFiles(folders).check, FilePaths(folders).check, InterfaceCheck(nics=lambda: nics).check,
        *libraries.PARAMETER_CHECKS,
    )  # fmt: skip
    look = (libraries.checker(LibraryCode(HookPlaces("/", frozenset(), ()))),)
    try:
        load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", look, checks)
    except ConfigError as error:
        return [problem.with_place_last for problem in error.problems]
    return []


def test_every_input_was_put_to_a_kea() -> None:
    assert json.loads(RECORDED.read_text()).keys() == FILES.keys()
    assert len(FILES) - len(DIFFERENT) >= 60


@pytest.mark.parametrize("name", FILES)
def test_a_mistake_is_told_in_kea_s_words_with_its_place(name: str) -> None:
    expected, found = json.loads(RECORDED.read_text())[name], findings(FILES[name])
    if name in DIFFERENT:
        assert not any(expected and expected in text for text in found), "it is not different any more"
    elif not expected:
        assert found == []
    else:
        assert any(expected in text and "(f:1:" in text for text in found), (expected, found)


class Context:
    """One that refuses every configuration."""

    def __init__(self) -> None:
        self.log = RecordingLog()

    def test_config(self, tree: object) -> None:
        raise ConfigError([Problem(None, "ours", "Kea's"), Problem(None, "another")])


def test_a_command_answers_in_kea_s_words() -> None:
    context = Context()
    with pytest.raises(CommandError) as caught:
        config_test(context, {"Dhcp4": {}})  # type: ignore[arg-type]
    assert caught.value.text == "Kea's\nanother"
    fault = "failed to create or run parser for configuration element Dhcp4: Kea's"
    assert context.log.lines == [("DHCP4_PARSER_FAIL", fault)]


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({}, "unsupported global configuration parameter: foo"),
        ({"interfaces-config": {}}, "unsupported parameter 'foo'"),
        ({"reservations": [{"hw-address": "1a:1b:1c:1d:1e:1f"}]}, "unsupported configuration parameter 'foo'"),
        ({"hooks-libraries": [{"library": "libdhcp_lease_cmds.so"}]}, "unknown hooks library parameter: foo"),
        ({"subnet4": [{"id": 1, "subnet": "10.0.0.0/24"}]}, "spurious 'foo' parameter"),
    ],
)
def test_an_unknown_keyword_of_a_command_is_called_as_by_a_real_kea(tree: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_tree({"Dhcp4": _with_unknown(tree)})
    assert caught.value.answer == text


def _with_unknown(tree: dict[str, Any]) -> dict[str, Any]:
    if not tree:
        return {"foo": 1}
    ((name, inside),) = tree.items()
    return {name: [{**inside[0], "foo": 1}] if isinstance(inside, list) else {**inside, "foo": 1}}
