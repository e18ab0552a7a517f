"""The host cache: its order and bounds, what takes the place of what, commands, files, and faults in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.config.hosts import Host
from kea_twisted.config.model import Settings
from kea_twisted.errors import CommandError, ConfigError
from kea_twisted.hooks.chain import HookChain
from kea_twisted.libraries import lookup
from kea_twisted.libraries.host_cache import entries
from kea_twisted.libraries.host_cache import messages as M
from kea_twisted.libraries.host_cache.cache import Cache
from kea_twisted.libraries.host_cache.loggedcache import LoggedCache
from kea_twisted.wire.address import address_number as ip
from tests.builders import mac
from tests.fakes import RecordingLog
from tests.hooks.kealibraries import put_to_work


def host(client: int, address: str = "", subnet_id: int = 1) -> Host:
    """A reservation by hardware address."""
    return Host(subnet_id, "hw-address", mac(client), ip(address) if address else 0)


def clients(cache: Cache) -> list[int]:
    """The clients in a cache, the one that was used last behind the others."""
    return [entry.host.identifier[-1] for entry in cache]


def test_the_entries_used_least_recently_go_first() -> None:
    cache = Cache(3)
    for number in (1, 2, 3):
        cache.found("hw-address", mac(number), [host(number, f"10.0.0.{number}")])
    assert cache.get("hw-address", mac(1)) == [host(1, "10.0.0.1")]
    assert [each.identifier for each in cache.at(ip("10.0.0.2"))] == [mac(2)]
    assert clients(cache) == [3, 1, 2]
    cache.found("hw-address", mac(4), [host(4)])
    assert (clients(cache), cache.get("hw-address", mac(3))) == ([1, 2, 4], None)
    cache.flush(2)
    assert clients(cache) == [4]


def test_what_the_look_up_finds_takes_in_and_forgets_is_logged() -> None:
    log = RecordingLog()
    log.add(M.EVENTS)
    cache = LoggedCache(Cache(), log)
    mine = Host(1, "hw-address", mac(1), ip("10.0.0.1"), "one", ("a", "b"), next_server=ip("10.0.0.3"))
    assert cache.get("hw-address", mac(1)) is None and list(cache.at(mine.address)) == []
    for _ in range(2):
        assert list(cache.found("hw-address", mac(1), [mine])) == [mine]
    assert cache.get("hw-address", mac(1)) == [mine] and list(cache.at(mine.address)) == [mine]
    other = mine._replace(subnet_id=2, address=ip("10.0.2.1"))
    cache.cache.insert(entries.of(other))
    cache.forget(1, ("hw-address", mac(1)), 0)
    cache.forget(2, None, other.address)
    assert len(cache.cache) == 0
    name = f"hwaddr={mac(1).hex().upper()}"
    rest = (
        "siaddr=10.0.0.3 sname=(empty) file=(empty) key=(empty) ipv6_reservations=(none) dhcp4_class0=a dhcp4_class1=b"
    )
    text = f"{name} ipv4_subnet_id=1 hostname=one ipv4_reservation=10.0.0.1 {rest}"
    assert log.texts("HOST_CACHE_ADD") == [f"add host: {text}"]
    by_identifier = f"using subnet id 1 and identifier {name}"
    assert log.texts("HOST_CACHE_GET_ONE_SUBNET_ID_IDENTIFIER_HOST") == [f"{by_identifier}, found host: {text}"]
    by_address = "using subnet id 1 and address 10.0.0.1, found host"
    assert log.texts("HOST_CACHE_GET_ONE_SUBNET_ID_ADDRESS4_HOST") == [f"{by_address}: {text}"]
    assert log.texts("HOST_CACHE_DEL_SUBNET_ID_IDENTIFIER4") == [f"{by_identifier}, delete host: {text}"]
    [deleted] = log.texts("HOST_CACHE_DEL_SUBNET_ID_ADDRESS4")
    assert deleted.startswith(f"using subnet id 2 and address 10.0.2.1, delete host: {name} ipv4_subnet_id=2")


def test_an_entry_takes_the_place_of_those_with_its_identifier_or_address() -> None:
    cache = Cache()
    assert cache.insert(entries.of(host(1, "10.0.0.1"))) == 0
    assert cache.insert(entries.of(host(1, "10.0.1.1", 2))) == 0
    assert cache.insert(entries.of(host(2, "10.0.0.2"))) == 0
    assert cache.insert(entries.of(host(1, "10.0.0.2"))) == 2
    assert [(each.host.identifier[-1], each.host.subnet_id) for each in cache] == [(1, 2), (1, 1)]
    assert cache.at(ip("10.0.0.1")) == []
    assert cache.insert(entries.of(host(3, "10.0.0.2", 2))) == 0


def test_what_was_found_is_known_until_some_of_it_is_removed() -> None:
    cache = Cache()
    both = [host(1, "10.0.0.1"), host(1, "10.0.1.1", 2)]
    assert cache.get("hw-address", mac(1)) is None
    cache.insert(entries.of(host(1, "10.0.0.9")))
    assert cache.get("hw-address", mac(1)) is None
    assert cache.found("hw-address", mac(1), both) == [host(1, "10.0.0.9"), both[1]]
    assert cache.get("hw-address", mac(1)) == [host(1, "10.0.0.9"), both[1]]
    assert cache.remove_at(2, ip("10.0.1.1"))
    assert cache.get("hw-address", mac(1)) is None


def test_what_a_command_has_changed_is_asked_for_anew() -> None:
    cache = Cache()
    cache.found("hw-address", mac(1), [host(1, "10.0.0.1")])
    cache.forget(2, ("hw-address", mac(1)), 0)  # it has a host in another subnet now
    assert cache.get("hw-address", mac(1)) is None and cache.at(ip("10.0.0.1"))
    cache.forget(1, None, ip("10.0.0.1"))
    assert (len(cache), cache.at(ip("10.0.0.1"))) == (0, [])


def test_what_does_not_fit_into_the_cache_counts_all_the_same() -> None:
    cache = Cache(1)
    both = [host(1, "10.0.0.1"), host(1, "10.0.1.1", 2)]
    assert sorted(cache.found("hw-address", mac(1), both)) == both
    assert (len(cache), cache.get("hw-address", mac(1))) == (1, None)


def settings(**parameters: Any) -> Settings:
    """The library."""
    library = {
        "library": "libdhcp_host_cache.so",
        "parameters": {key.replace("_", "-"): parameters[key] for key in parameters},
    }
    tree = {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24"}], "hooks-libraries": [library]}
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class FakeLookup:
    """A look-up that only notes its cache."""

    def __init__(self) -> None:
        self.cache: Any = None

    def use_cache(self, cache: Any) -> None:
        self.cache = cache

    def remove_cache(self, cache: Any) -> None:
        if self.cache is cache:
            self.cache = None


class Loaded:
    """The library at work, with files in a folder."""

    def __init__(self, folder: Path, **parameters: Any) -> None:
        self.folder, self.log = folder, RecordingLog()
        self.lookup = FakeLookup()
        configuration = settings(**parameters)
        self.library: Any = put_to_work(
            configuration, HookChain(), self.log, stored_hosts=self.lookup, data_file=self.path
        )
        self.library.host.settings = configuration

    def path(self, name: str) -> str:
        """The path of a file; there is one that must not be written."""
        if "/" in name:
            raise ValueError(f"invalid path specified: '{name}'")
        return str(self.folder / name)

    def tell(self, command: str, arguments: Any = None) -> Any:
        """The answer to a command: text and arguments, result and text if it failed."""
        try:
            found = self.library.commands()[command](arguments)
        except CommandError as error:
            return error.result, error.text
        return found["text"], found.get("arguments")


ENTRY = {"hw-address": "02:00:00:00:00:01", "subnet-id4": 1, "ip-address": "10.0.0.5", "hostname": "one"}


def test_what_is_inserted_is_shown_with_everything(tmp_path: Path) -> None:
    loaded = Loaded(tmp_path)
    option = {"name": "routers", "data": "10.0.0.9"}
    entry = {
        **ENTRY,
        "client-classes4": ["a"],
        "option-data4": [option],
        "next-server": "10.0.0.3",
        "user-context": {"x": 1},
    }
    assert loaded.tell("cache-insert", entry) == ("1 entries inserted (0 overwritten by more recent entries).", None)
    text, (shown,) = loaded.tell("cache-get")
    assert text == "1 entries returned."
    assert shown == {
        **entry, "server-hostname": "", "boot-file-name": "", "client-classes6": [], "option-data6": [],
        "subnet-id6": entries.UNUSED, "host-id": 0,
    }  # fmt: skip
    ((kept,),) = (loaded.library.cache.at(ip("10.0.0.5")),)
    assert (kept.hostname, kept.client_classes, kept.next_server) == ("one", ("a",), ip("10.0.0.3"))
    assert kept.options.by_code[3] == b"\x0a\0\0\x09"
    assert loaded.tell("cache-get-by-id", {"hw-address": "020000000001"})[1] == [shown]
    assert loaded.tell("cache-get-by-id", {"hw-address": "020000000002"}) == ("0 entries returned.", [])


def test_a_file_brings_back_what_was_written(tmp_path: Path) -> None:
    loaded = Loaded(tmp_path)
    loaded.tell("cache-insert", [ENTRY, {"duid": "01:02:03:04", "subnet-id4": 0, "negative": True}])
    before = loaded.tell("cache-get")
    path = tmp_path / "cache.json"
    assert loaded.tell("cache-write", "cache.json") == (f"2 entries dumped to '{path}'.", None)
    again = Loaded(tmp_path)
    text = f"2 entries loaded from '{path}' (0 overwritten by more recent entries)."
    assert again.tell("cache-load", "cache.json") == (text, None)
    assert again.tell("cache-get") == before
    assert again.tell("cache-load", "cache.json")[0].endswith("(2 overwritten by more recent entries).")


def test_a_list_with_a_fault_is_not_taken_at_all(tmp_path: Path) -> None:
    loaded = Loaded(tmp_path)
    assert loaded.tell("cache-insert", [ENTRY, {"subnet-id4": 1}]) == (1, "no identifier")
    assert loaded.tell("cache-size") == ("0 entries.", {"size": 0})
    assert len(loaded.log.texts("HOST_CACHE_COMMAND_INSERT_FAILED")) == 1


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({**ENTRY, "x": 1}, "unknown parameter: x"),
        ({**ENTRY, "duid": "01"}, "the 'hw-address' and 'duid' are mutually exclusive"),
        ({**ENTRY, "hostname": 7}, "stringValue() called on non-string Element in hostname"),
        ({**ENTRY, "ip-address": "x"}, "'ip-address' must be an IPv4 address, not 'x'"),
        ({**ENTRY, "hw-address": "zz"}, "invalid identifier 'zz'"),
        ({**ENTRY, "subnet-id4": -1}, "'subnet-id4' must be between 0 and 4294967295, not -1"),
        ({**ENTRY, "prefixes": ["2001:db8::"]}, "bad prefix (no /)"),
        ("x", "listValue() called on non-list Element"),
    ],
)
def test_faulty_entries_are_refused(tmp_path: Path, entry: Any, text: str) -> None:
    assert Loaded(tmp_path).tell("cache-insert", entry) == (1, text)


def test_files_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    loaded = Loaded(tmp_path)
    assert loaded.tell("cache-write", "/etc/passwd")[1].startswith("parameter is invalid: invalid path")
    assert loaded.tell("cache-write", {})[1] == "invalid (not a string) parameter"
    assert loaded.tell("cache-load", "none")[1].endswith("No such file or directory")
    (tmp_path / "folder").mkdir()
    assert "Is a directory" in loaded.tell("cache-load", "folder")[1]
    (tmp_path / "bad").write_text("[{]")
    assert loaded.tell("cache-load", "bad")[0] == 1


def test_the_cache_is_before_the_databases_while_the_library_is_loaded(tmp_path: Path) -> None:
    loaded = Loaded(tmp_path, maximum=2)
    assert loaded.lookup.cache.cache is loaded.library.cache
    loaded.library.unload()
    assert loaded.lookup.cache is None
    assert lookup.caches_hosts(settings())


@pytest.mark.parametrize("place", ["maximum", "host_cache"])
def test_the_bound_may_stand_where_the_manual_has_it_and_where_the_code_has_it(tmp_path: Path, place: str) -> None:
    loaded = Loaded(tmp_path, **{place: 2 if place == "maximum" else {"maximum": 2}})
    for number in range(5):
        loaded.tell("cache-insert", {"hw-address": mac(number).hex(), "subnet-id4": 1})
    assert loaded.tell("cache-size")[1] == {"size": 2}


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"maximum": -1}, "Host Cache maximum parameter is negative"),
        ({"host_cache": {"maximum": 2_000_000_000}}, r"is too large \(2000000000 > 1000000000\)"),
        ({"host_cache": {"maximum": "x"}}, "must be an integer"),
    ],
)
def test_faulty_bounds_are_refused(parameters: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        settings(**parameters)
