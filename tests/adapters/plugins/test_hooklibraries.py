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
from kea_twisted.wire.constants import OFFER, REQUEST
from tests.adapters.plugins.libraryhouse import House
from tests.builders import packed


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def refusal(house: House, *entries: Any) -> str:
    """Return the problems of a configuration."""
    with pytest.raises(ConfigError) as error:
        config.load_tree(house.tree(*entries), house.source.library_checks)
    return str(error.value)


DOOR = """
class Door(HookLibrary):
    parameters = (Parameter("closed", list, []), Parameter("url", str, "http://10.0.0.1/"))
    waits = {}
    def pkt4_receive(self, query):
        number = query.message.chaddr[-1]
        if number in self.waits:
            return self.waits[number]
        if number in self.values["closed"]:
            return Step.DROP
"""


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
    assert len(house.running.hooks.pkt4_send) == 1


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
    house.running.loaded.start("")
    house.reconfigure("libdhcp_stat_cmds.so", "life.py")
    house.running.loaded.health_changed("deaf")
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
    assert house.start("name.py").running.hooks.host4_identifier[0](None, b"") == b"x"


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
    hooks = house.start("door.py").running.hooks
    assert (len(hooks.pkt4_receive), hooks.pkt4_send, hooks.buffer4_receive) == (1, (), ())


def test_a_query_that_waits_does_not_hold_up_others(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    waits: Deferred[Any] = Deferred()
    house.library("door.py").waits[2] = waits
    for client in (1, 2, 3):
        house.ask(client)
    assert house.served() == [1, 3]
    waits.callback(None)
    house.clock.advance(0)
    assert house.served() == [1, 3, 2]


def test_a_query_that_waited_may_be_refused_in_the_end(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    waits: Deferred[Any] = Deferred()
    house.library("door.py").waits[2] = waits
    house.ask(2)
    waits.callback(Step.DROP)
    house.clock.advance(0)
    assert (house.served(), house.count("pkt4-receive-drop")) == ([], 1)


def test_a_coroutine_may_wait_as_well(house: House) -> None:
    body = """
    async def pkt4_receive(self, query):
        return Step.DROP if await self.gate else None
    """
    house.file("slow.py", "class Slow(HookLibrary):" + body)
    house.start("slow.py")
    house.library("slow.py").gate = gate = Deferred()
    house.ask(1)
    assert house.served() == []
    gate.callback(False)
    house.clock.advance(0)
    assert house.served() == [1]


def test_what_comes_again_while_it_waits_is_dropped_and_the_parking_lot_is_bounded(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    house.library("door.py").waits.update({client: Deferred() for client in range(1, 10)})
    for client in (1, 1, 2, 3, 4, 5, 6):
        house.ask(client)
    assert (house.count("pkt4-duplicate"), house.count("pkt4-queue-full")) == (1, 2)
    assert house.running.performer.parked == 4


def test_a_library_that_never_answers_is_not_waited_for_longer_than_it_may(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    house.library("door.py").waits[1] = Deferred()
    house.ask(1)
    house.clock.advance(9.9)
    assert (house.served(), house.running.performer.parked) == ([], 1)
    house.clock.pump([0.2, 0])
    assert (house.served(), house.running.performer.parked) == ([1], 0)
    assert house.count("callout-exceptions") == 1


def test_a_query_that_waits_over_a_reconfiguration_is_dropped(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    waits: Deferred[Any] = Deferred()
    house.library("door.py").waits[1] = waits
    house.ask(1)
    house.reconfigure()
    waits.callback(None)
    house.clock.advance(0)
    assert (house.served(), house.running.performer.parked) == ([], 0)


@pytest.mark.parametrize(("on_error", "served"), [("continue", [1]), ("drop", [])])
@pytest.mark.parametrize("fault", ["raise KeyError('oops')", "return 'yes'", "return host_of(query)"])
def test_a_fault_is_logged_with_the_library_s_name_and_counted(
    house: House, on_error: str, served: list[int], fault: str
) -> None:
    body = f"""
class Bad(HookLibrary):
    on_error = "{on_error}"
    def pkt4_receive(self, query):
        {fault}
"""
    house.file("bad.py", body)
    house.start("bad.py")
    house.ask(1)
    (text,) = house.log.texts("HOOKS_CALLOUT_EXCEPTION")
    assert "exception thrown by callout on hook pkt4_receive registered by library with index 1" in text
    assert "bad.py:Bad.pkt4_receive" in text
    assert (house.served(), house.count("callout-exceptions")) == (served, 1)


def test_a_failed_wait_is_a_fault_too(house: House) -> None:
    body = """
class Bad(HookLibrary):
    on_error = "drop"
    async def lease4_offer(self, query, lease):
        raise OSError("unplugged")
"""
    house.file("bad.py", body)
    house.start("bad.py")
    house.ask(1)
    house.clock.advance(0)
    assert (house.served(), house.count("callout-exceptions")) == ([], 1)


def test_where_nothing_can_be_waited_for_a_coroutine_is_a_fault(house: House) -> None:
    body = "    def pkt4_send(self, query, response):\n        return self._later()\n"
    body += "    async def _later(self):\n        pass\n"
    house.file("bad.py", "class Bad(HookLibrary):\n" + body)
    house.start("bad.py")
    house.ask(1)
    (text,) = house.log.texts("HOOKS_CALLOUT_EXCEPTION")
    assert "nothing can be waited for at this hook point" in text
    assert house.served() == [1]


def test_values_are_changed_by_returning_others(house: House) -> None:
    body = """
class Tailor(HookLibrary):
    def pkt4_receive(self, query):
        options = query.message.options | {12: b"tailored"}
        return query._replace(message=query.message._replace(options=options))
    def lease4_select(self, query, lease, offered):
        return lease._replace(valid_lifetime=600, address=1)
    def pkt4_send(self, query, response):
        return response._replace(options=response.options | {15: b"example.org"})
    def buffer4_send(self, query, reply):
        return reply._replace(port=6868)
"""
    house.file("tailor.py", body)
    house.start("tailor.py")
    ack = house.obtain(1)
    lease = house.running.table.store.get(ack.yiaddr)
    assert lease is not None
    assert (lease.hostname, lease.valid_lifetime) == ("tailored", 600)
    assert (ack.options[51], ack.options[15]) == ((600).to_bytes(4), b"example.org")
    assert house.sent[-1].port == 6868


def test_an_offer_can_wait_for_a_ping(house: House) -> None:
    body = """
class Ping(HookLibrary):
    def lease4_offer(self, query, lease):
        self.asked = lease.address
        return self.echo
"""
    house.file("ping.py", body)
    house.start("ping.py")
    house.library("ping.py").echo = echo = Deferred()
    house.ask(1)
    assert house.served() == []
    echo.callback(None)
    house.clock.advance(0)
    (answer,) = house.answers()
    assert (answer.options[53][0], answer.yiaddr) == (OFFER, house.library("ping.py").asked)


def test_an_ack_waits_until_a_library_has_told_somebody(house: House) -> None:
    body = """
class Teller(HookLibrary):
    def leases4_committed(self, decision):
        return self.told
"""
    house.file("teller.py", body)
    house.start("teller.py")
    house.library("teller.py").told = told = Deferred()
    house.ask(1)
    house.ask(1, REQUEST, {54: packed("10.0.0.1"), 50: packed("10.0.0.10")})
    assert (len(house.journal.changes), len(house.sent)) == (1, 1)
    told.callback(None)
    assert len(house.sent) == 2


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
