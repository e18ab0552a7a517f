"""The script library without a script: what is run when, what the server makes of its end, and faulty parameters."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.adapters.hooklibraries.files import LibraryFiles
from kea_twisted.adapters.hooklibraries.run_script import DROP_STATUS, RunScript
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.programs import Bounds, Ending
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.hooks.points import Step
from kea_twisted.libraries import lookup
from kea_twisted.libraries.run_script import messages as M
from kea_twisted.wire.constants import REQUEST
from tests.builders import World, message, packed
from tests.hooks.kealibraries import put_to_work

SUBNET = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}]}


class Runs:
    """A runner that keeps what it is to run."""

    bounds = Bounds(1, 1, 1.0)

    def __init__(self) -> None:
        self.points: list[str] = []
        self.environments: list[dict[str, str]] = []
        self.endings: list[Deferred[Ending]] = []
        self.is_full = False

    def run(self, label: str, arguments: tuple[str, ...], environment: dict[str, str]) -> Deferred[Ending] | None:
        """Keep it; the test ends it."""
        assert arguments == (label,)
        self.points.append(label)
        self.environments.append(environment)
        self.endings.append(Deferred())
        return None if self.is_full else self.endings[-1]

    def close(self) -> int:
        """Nothing waits."""
        return 0


def settings(**parameters: Any) -> Settings:
    """One subnet, and the library."""
    library = {"library": "libdhcp_run_script.so", "parameters": {"name": "script.sh", **parameters}}
    return load(json.dumps({"Dhcp4": {"subnet4": [SUBNET], "hooks-libraries": [library]}}), "f", lambda path: "", (), (
        lookup.check,
    ))  # fmt: skip


def at_work(**parameters: Any) -> tuple[World, Runs, RunScript]:
    """A server with the library, whose runs are kept."""
    world, runs = World(settings(**parameters)), Runs()
    made = partial(RunScript, make_runner=lambda *_: runs)
    library = put_to_work(world.settings, world.hooks, world.log, None, made, settings=world.settings)
    assert isinstance(library, RunScript)
    return world, runs, library


def ask(world: World, **more: Any) -> Any:
    """A REQUEST of client 1 as it is decided."""
    options = {50: packed("10.0.0.10"), 54: packed("10.0.0.1")} if not more else {}
    return world.decide(message(REQUEST, options, **more))


def test_the_script_runs_for_a_lease_and_for_its_renewal() -> None:
    world, runs, library = at_work()
    decision = ask(world)
    assert library.leases4_committed(decision) is None
    assert runs.points == ["leases4_committed"]
    assert runs.environments[0]["LEASES4_AT0_ADDRESS"] == "10.0.0.10"
    world.now += 4000
    ask(world, ciaddr=decision.lease.address)
    assert runs.points == ["leases4_committed", "lease4_renew"]
    assert runs.environments[1]["SUBNET4_NAME"] == "10.0.0.0/24"


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Ending(0), None),
        (Ending(DROP_STATUS, "failed with exit status 100"), Step.DROP),
        (Ending(1, "failed with exit status 1"), None),
        (Ending(None, "was ended by signal 9", timed_out=True), None),
        (Ending(None, "no such file", not_started=True), None),
    ],
)
def test_a_client_waits_for_the_script_and_only_one_status_drops_its_reply(ending: Ending, expected: Any) -> None:
    world, runs, library = at_work(sync=True)
    waits = library.leases4_committed(ask(world))
    assert waits is not None and not waits.called
    runs.endings[0].callback(ending)
    assert waits.result is expected


def test_nothing_waits_for_a_run_that_found_no_room() -> None:
    world, runs, library = at_work(sync=True)
    runs.is_full = True
    assert library.leases4_committed(ask(world)) is None
    assert world.log.identifiers()[-1] == M.OVERFULL.identifier


def test_each_end_has_its_message() -> None:
    world, runs, library = at_work()
    endings = (
        Ending(0), Ending(1, "failed with exit status 1"), Ending(None, "was ended by signal 9", timed_out=True),
        Ending(None, "no such file", not_started=True),
    )  # fmt: skip
    world.log.clear()
    decision = ask(world)
    for number, ending in enumerate(endings):
        library.leases4_committed(decision)
        runs.endings[number].callback(ending)
    found = [each for each in world.log.identifiers() if each.startswith("RUN_SCRIPT")]
    assert found == [each.identifier for each in (M.ENDED, M.FAILED, M.TIMED_OUT, M.NOT_STARTED)]


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"name": 7}, "parameter 'name' of libdhcp_run_script must be a string"),
        ({"sync": 1}, "parameter 'sync' of libdhcp_run_script must be true or false"),
        ({"timeout": 0}, "'timeout' of libdhcp_run_script must be at least 1"),
        ({"max-processes": 0}, "'max-processes' of libdhcp_run_script must be at least 1"),
    ],
)
def test_wrong_parameters_are_refused(parameters: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        settings(**parameters)


def test_a_script_is_needed() -> None:
    tree = {"hooks-libraries": [{"library": "libdhcp_run_script.so"}]}
    with pytest.raises(ConfigError, match="libdhcp_run_script needs the parameter 'name'"):
        load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


@pytest.fixture
def scripts() -> Any:
    """A folder for scripts that belongs to the user of the tests alone, with everything above it."""
    made = Path(os.path.expanduser("~")) / f".keadhcp-scripts-{os.getpid()}"
    made.mkdir(mode=0o755)
    yield made
    for each in made.iterdir():
        each.unlink()
    made.rmdir()


def refusals(scripts: Path, name: str, checked: bool = True, folders: Folders | None = None) -> list[str]:
    """The faults of a script."""
    folders = folders or Folders("/d", "/l", "/p", "/s", checked, scripts=str(scripts))
    found = settings(name=name)
    problems = Problems()
    LibraryFiles(folders, "/etc/kea/kea.conf").check(found, problems)
    return [each.text for each in problems.errors]


def test_a_script_lies_in_the_folder_for_scripts(scripts: Path, tmp_path: Path) -> None:
    (scripts / "good").write_text("#!/bin/sh\n")
    (scripts / "good").chmod(0o755)
    (scripts / "plain").write_text("")
    (scripts / "open").write_text("#!/bin/sh\n")
    (scripts / "open").chmod(0o777)
    (tmp_path / "far").write_text("#!/bin/sh\n")
    (tmp_path / "far").chmod(0o755)
    wrong = "Invalid 'name' parameter: "
    assert refusals(scripts, "good") == refusals(scripts, str(scripts / "good")) == []
    assert refusals(scripts, "none") == [f"{wrong}File not found: {scripts}/none"]
    assert refusals(scripts, str(scripts / "plain")) == [f"{wrong}File not executable: {scripts}/plain"]
    assert refusals(scripts, str(tmp_path / "far")) == [
        f"{wrong}invalid path specified: '{tmp_path}', supported path is '{scripts}' "
        "(the environment variable KEA_HOOK_SCRIPTS_PATH names another folder, -X allows any)"
    ]
    assert "others can write to it" in refusals(scripts, "open")[0]
    folders = Folders(str(scripts), "/l", "/p", "/s", scripts=str(scripts))
    (text,) = refusals(scripts, "good", folders=folders)
    assert f"writes files into {scripts}" in text and "the environment variable KEA_HOOK_SCRIPTS_PATH names" in text
    assert refusals(scripts, str(tmp_path / "far"), checked=False) == refusals(scripts, "open", checked=False) == []
