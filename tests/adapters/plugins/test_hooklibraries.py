"""Python hook libraries: found, checked, loaded, at work in a server, loaded anew, let go of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted import config
from kea_twisted import events as E
from kea_twisted.adapters.plugins.code import LibraryCode, is_python
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.errors import ConfigError
from kea_twisted.hooks.library import Step
from kea_twisted.libraries.table import LIBRARIES
from kea_twisted.server import libraries
from tests.adapters.plugins.libraryhouse import DOOR, House


def refusal(house: House, *entries: Any) -> str:
    """Return the problems of a configuration."""
    with pytest.raises(ConfigError) as error:
        config.load_tree(house.tree(*entries), house.source.library_checks)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("mypackage.module", True), ("mypackage.module:Class", True), ("guests", True),
        ("/etc/kea/guests.py", True), ("guests.py:Door", True), ("./guests.py", True),
        ("/usr/lib/kea/hooks/libdhcp_ha.so", False), ("libdhcp_ha", False), ("libdhcp_run_script.so", False),
        ("some.so", False), ("/usr/lib/mine.so", False), ("", False), ("a b", False),
    ],
)  # fmt: skip
def test_kea_s_files_and_python_names_are_told_apart(name: str, python: bool) -> None:
    assert is_python(name) is python


def test_a_file_s_path_begins_at_the_hook_folder(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    assert house.library("door.py").values == {"closed": [], "url": "http://10.0.0.1/"}


def test_a_package_in_the_folder_and_a_class_of_it_can_be_named(house: House) -> None:
    (house.folder / "doors").mkdir()
    house.file("doors/__init__.py", "")
    house.file("doors/front.py", DOOR + "\nclass Other(Door):\n    pass\n")
    house.start("doors.front:Other")
    assert type(house.library("doors.front:Other")).__name__ == "Other"
    assert "there are 2, name one as 'doors.front:Class'" in refusal(house, "doors.front")


def test_a_listed_module_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    house = House(tmp_path, modules=("cellardoor",))
    house.file("elsewhere/cellardoor.py", DOOR)
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    house.start("cellardoor")
    assert house.library("cellardoor").values["closed"] == []


def test_what_cannot_be_loaded_is_said_with_its_reason(house: House) -> None:
    house.file("broken.py", "def\n")
    house.file("empty.py", "\n")
    house.file("fails.py", "1 / 0\n")
    house.file("open.py", DOOR).chmod(0o666)
    entries = ("broken.py", "empty.py", "fails.py", "open.py", "absent.py", "no.such.module", "libdhcp_x.so")
    assert refusal(house, *entries).splitlines() == [
        "hooks library 'broken.py' cannot be loaded: invalid syntax in line 2",
        "hooks library 'empty.py' must have one hook library class: there is none",
        "hooks library 'fails.py' must have one hook library class: there is none",
        "hooks library 'open.py' cannot be loaded: all users may write to the file",
        "hooks library 'absent.py' cannot be loaded: No such file or directory",
        f"hooks library 'no.such.module' is neither in {house.folder} nor a module that may be loaded: start the "
        "server with --hook-module no.such.module or KEA_TWISTED_HOOK_MODULES=no.such.module to allow it",
        f"hooks library 'libdhcp_x.so' is not available; there are {', '.join(sorted(LIBRARIES))}, "
        "and what is written in Python (file.py, mypackage.module)",
    ]


@pytest.mark.parametrize("running", [False, True])
def test_parameters_are_checked_with_their_places(house: House, running: bool) -> None:
    key = 'Parameter("key", int)'
    literal = DOOR.replace('"http://10.0.0.1/")', f'"http://10.0.0.1/"), {key}')
    house.file("door.py", f"{DOOR}\nDoor.parameters += ({key},)\n" if running else literal)
    text = """{"Dhcp4": {"hooks-libraries": [{
      "library": "door.py",
      "parameters": {"closed": 7,
        "colour": "red"} }] }}"""
    check = libraries.checker(LibraryCode(HookPlaces.of(house.source.folders, "kea.conf")), running=running)
    with pytest.raises(ConfigError) as error:
        config.load(text, "kea.conf", Path.read_text, (check,))  # type: ignore[arg-type]
    assert str(error.value).splitlines() == [
        "kea.conf:3:21: parameter 'key' is missing",
        "kea.conf:3:32: parameter 'closed' must be a list",
        "kea.conf:4:19: unknown parameter 'colour'; there are: closed, url, key",
    ]


WRONG = {
    "    def pkt4_recieve(self, query): pass": "pkt4_recieve of Wrong is at no hook point, did you mean pkt4_receive?",
    "    def pkt4_send(self, query): pass": "pkt4_send of Wrong takes 1 arguments, it is called as pkt4_send(",
    "    async def pkt4_send(self, query, response): pass": "pkt4_send of Wrong is a coroutine, which only pkt4_rec",
    "    def load(self): pass": "load of Wrong takes 0 arguments, it is called as load(host)",
    "    async def load(self, host): pass": "load of Wrong is a coroutine",
}


@pytest.mark.parametrize("method", WRONG)
def test_a_method_that_would_never_be_called_rightly_is_refused_unrun(house: House, method: str) -> None:
    house.file("wrong.py", f"class Wrong(HookLibrary):\n{method}\nraise SystemExit\n")
    assert f"hooks library 'wrong.py': method {WRONG[method]}" in refusal(house, "wrong.py")


@pytest.mark.parametrize("method", WRONG)
def test_a_method_that_only_running_shows_is_refused_at_load(house: House, method: str) -> None:
    house.file(
        "wrong.py",
        f"class Right(HookLibrary): pass\nclass Mixin:\n{method}\nWrong = type('Wrong', (Mixin, Right), {{}})\n",
    )
    house.start()
    answer = house.command("config-set", house.tree("wrong.py:Wrong"))
    assert answer["result"] == 1 and WRONG[method] in answer["text"]
    assert refusal_of_running(house, "wrong.py:Wrong") == answer["text"]


def refusal_of_running(house: House, name: str) -> str:
    """Return the output of ``-T``."""
    check = libraries.checker(LibraryCode(HookPlaces.of(house.source.folders, "kea.conf")), running=True)
    with pytest.raises(ConfigError) as error:
        config.load_tree(house.tree(name), (check,))
    return str(error.value)


def test_names_that_are_alike_and_methods_that_vary_are_allowed(house: House) -> None:
    house.file(
        "right.py", "class Right(HookLibrary):\n    def send(self): pass\n    def pkt4_send(self, *both): pass\n"
    )
    house.start("right.py")
    assert len(house.server.hooks.pkt4_send) == 1


LIFE = """
from kea_twisted.events.event import DEBUG, INFO, Event
SAID = Event("MY_LIBRARY_SAID", INFO, "mine", "said {}", "it works")
class Life(HookLibrary):
    events = (SAID,)
    def load(self, host):
        self.host, self.classes = host, []
        self._say("load")
    def start(self):
        self._say("start")
        self.host.timers.callLater(5, self._say, "timer")
    def health_changed(self, fault):
        self._say(fault or "well")
    def pkt4_send(self, query, response):
        self.classes.append(tuple(query.classes))
    def unload(self):
        self._say("unload")
    def _say(self, text):
        if SAID in self.host.log.enabled:
            self.host.log.emit(SAID, f"{text} {self.host.number}")
"""


def test_a_library_is_started_and_ended_once_and_has_messages_of_its_own(house: House) -> None:
    house.file("life.py", LIFE)
    house.start("life.py")
    assert house.log.texts("MY_LIBRARY_SAID") == ["said load 1"]
    house.server.loaded.start("")
    house.reconfigure("libdhcp_stat_cmds.so", "life.py")
    house.server.loaded.health_changed("deaf")
    house.clock.advance(5)
    house.reconfigure()
    assert house.log.texts("MY_LIBRARY_SAID")[1:] == [
        "said start 1", "said well 1", "said deaf 2", "said timer 2", "said unload 2",
    ]  # fmt: skip


def test_a_library_sees_the_classes_of_a_query_at_every_point(house: House) -> None:
    house.file("life.py", LIFE)
    house.start("life.py")
    house.ask(1, options={60: b"printer"})
    ((*classes,),) = house.library("life.py").classes
    assert classes == ["ALL", "VENDOR_CLASS_printer", "UNKNOWN"]


def test_an_identifier_can_be_put_in_place(house: House) -> None:
    house.file(
        "name.py", "class Name(HookLibrary):\n    def host4_identifier(self, query, identifier):\n        return b'x'\n"
    )
    assert house.start("name.py").server.hooks.host4_identifier[0](None, b"") == b"x"


def test_a_constructor_and_load_may_refuse(house: House) -> None:
    house.file("door.py", DOOR + "    def load(self, host):\n        raise ValueError('no key')\n")
    house.start()
    answer = house.command("config-set", house.tree("door.py"))
    assert answer == {"result": 1, "text": "hooks library 'door.py' cannot be loaded: no key"}
    house.ask(1)
    assert house.served() == [1]


def test_a_library_refuses_a_client(house: House) -> None:
    house.file("door.py", DOOR)
    house.start(("door.py", {"closed": [2]}))
    for client in (1, 2, 3):
        house.ask(client)
    assert house.served() == [1, 3]


def test_a_client_that_a_library_leaves_without_an_answer_is_visible_by_default(house: House) -> None:
    house.file("door.py", DOOR)
    house.start(("door.py", {"closed": [2]}))
    house.library("door.py").waits = {3: (later := Deferred())}
    for _ in range(20):
        house.ask(2)
    house.ask(3)
    later.callback(Step.DROP)
    lines = [text for name, text in house.log.lines if name == "HOOKS_PACKET_UNANSWERED"]
    assert len(lines) == 6 and E.HOOKS_PACKET_UNANSWERED.severity == E.INFO
    said = "hooks library door.py returned DROP at pkt4_receive, the client gets no answer"
    assert all(said in line for line in lines)
    house.clock.advance(60)
    assert house.log.lines[-1][1].startswith("15 further packets that hook libraries left without an answer")


@pytest.mark.parametrize("body", ["1 / 0", "raise ValueError('no key')"])
def test_a_library_that_cannot_begin_leaves_a_line(house: House, body: str) -> None:
    path = house.file("door.py", f"{DOOR}    def load(self, host):\n        {body}\n")
    house.start()
    assert house.command("config-set", house.tree("door.py"))["result"] == 1
    [text] = [text for name, text in house.log.lines if name == "HOOKS_LOAD_EXCEPTION"]
    assert text.startswith("'load' function in hook library door.py threw an exception: ") and f"{path}:13" in text


def test_code_that_cannot_be_used_leaves_a_line(house: House) -> None:
    house.file("fails.py", f"{DOOR}\n1 / 0\n")
    house.start()
    assert house.command("config-set", house.tree("fails.py"))["result"] == 1
    [text] = [text for name, text in house.log.lines if name == "HOOKS_OPEN_ERROR"]
    assert text.startswith("failed to open hook library fails.py: ") and "ZeroDivisionError" in text


def test_only_what_a_library_overrides_is_registered(house: House) -> None:
    house.file("door.py", DOOR)
    hooks = house.start("door.py").server.hooks
    assert (len(hooks.pkt4_receive), hooks.pkt4_send, hooks.buffer4_receive) == (1, (), ())


VISITS = """
from kea_twisted.hooks.library import CommandError
class Visits(HookLibrary):
    def load(self, host):
        self.host = host
        self.seen = []
    def unload(self):
        self.host.statistics.count("visits-unloaded")
    def commands(self):
        return {"visits-list": self.visits_list, "visits-wait": self.visits_wait}
    def visits_list(self, arguments):
        "what was seen"
        if arguments is not None:
            raise CommandError("takes no arguments")
        return {"result": 0, "arguments": self.seen}
    async def visits_wait(self, arguments):
        return {"result": 3}
    def command_processed(self, command, arguments, answer):
        self.seen.append([command, answer["result"]])
"""


def test_a_library_brings_commands_and_watches_others(house: House) -> None:
    house.file("visits.py", VISITS)
    house.start("visits.py")
    assert {"visits-list", "visits-wait"} <= set(house.command("list-commands")["arguments"])
    assert house.command("visits-wait") == {"result": 3}
    assert house.command("visits-list", {}) == {"result": 1, "text": "takes no arguments"}
    seen = [["list-commands", 0], ["visits-wait", 3], ["visits-list", 1]]
    assert house.command("visits-list")["arguments"][:3] == seen


def test_the_commands_go_with_the_library(house: House) -> None:
    house.file("visits.py", VISITS)
    house.start("visits.py")
    house.reconfigure()
    assert house.command("visits-list")["result"] == 2
    assert house.count("visits-unloaded") == 1
    said = [line for line in house.log.lines if line[0].startswith("HOOKS_LIBRARY")]
    assert said == [
        ("HOOKS_LIBRARY_LOADED", "hooks library visits.py successfully loaded"),
        ("HOOKS_LIBRARY_CLOSED", "hooks library visits.py successfully closed"),
    ]


def test_a_command_cannot_take_the_name_of_another(house: House) -> None:
    house.file("visits.py", VISITS.replace("visits-list", "status-get"))
    house.start()
    answer = house.command("config-set", house.tree("visits.py"))
    assert answer["text"] == "hooks library 'visits.py': there is a command 'status-get' already"


def test_an_unchanged_library_stays_over_a_reconfiguration(house: House) -> None:
    house.file("visits.py", VISITS)
    house.start("visits.py")
    before = house.library("visits.py")
    house.reconfigure("visits.py")
    assert house.library("visits.py") is before
    assert house.count("visits-unloaded") == 0


def test_a_changed_file_is_loaded_anew(house: House) -> None:
    house.file("door.py", DOOR)
    house.start(("door.py", {"closed": [1]}))
    house.file("door.py", DOOR.replace("Step.DROP", "None"))
    house.reconfigure(("door.py", {"closed": [1]}))
    house.ask(1)
    assert house.served() == [1]


def test_a_changed_module_is_loaded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, modules=("frontdoor",))
    house.file("frontdoor.py", DOOR)
    monkeypatch.syspath_prepend(str(house.folder))
    house.start(("frontdoor", {"closed": [1]}))
    house.file("frontdoor.py", DOOR.replace("Step.DROP", "None"))
    house.reconfigure(("frontdoor", {"closed": [1]}))
    house.ask(1)
    assert house.served() == [1]


def test_a_changed_file_that_is_broken_leaves_the_old_library_at_work(house: House) -> None:
    house.file("door.py", DOOR)
    house.start(("door.py", {"closed": [1]}))
    house.file("door.py", "def\n")
    assert house.command("config-set", house.tree("door.py"))["result"] == 1
    house.ask(1)
    assert house.served() == []


def test_testing_a_configuration_loads_nothing(house: House) -> None:
    house.file("visits.py", VISITS)
    house.start()
    assert house.command("config-test", house.tree("visits.py"))["result"] == 0
    assert house.command("visits-list")["result"] == 2
