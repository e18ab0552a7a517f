"""RADIUS accounting: the records of a lease's life, the names of sessions, and their history in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.hooklibraries import radius as library
from kea_twisted.adapters.hooklibraries import radiushistory
from kea_twisted.lease.lease import RECLAIMED
from kea_twisted.libraries.radius.accounting import EPOCH, Sessions, of_command
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.constants import ACK, DECLINE, OFFER, RELEASE, REQUEST
from tests.builders import mac, packed
from tests.hooks.radiusworld import SERVERS, SUBNET, Site, configuration

RESPONSE = 5
START, STOP, ALIVE = (bytes((0, 0, 0, number)) for number in (1, 2, 3))


def site(history: Path | None = None, access: bool = False, **accounting: Any) -> Site:
    """A server with two RADIUS servers for accounting."""
    service = {"servers": SERVERS, **{name.replace("_", "-"): value for name, value in accounting.items()}}
    parameters: dict[str, Any] = {"accounting": service, "session-history": str(history or "")}
    if access:
        parameters["access"] = {"servers": SERVERS}
    return Site(configuration(parameters))


def records(world: Site) -> list[tuple[bytes, str, bytes]]:
    """Status, address and session of the records since the last time."""
    return [
        (asked["Acct-Status-Type"], ".".join(map(str, asked["Framed-IP-Address"])), asked["Acct-Session-Id"])
        for _, asked in world.asked()
        if "Acct-Status-Type" in asked
    ]


def obtain(world: Site, client: int = 1) -> None:
    """A client gets the first address."""
    assert world.discover(client) == [(OFFER, "10.0.0.10")]
    assert world.request(client, "10.0.0.10") == [(ACK, "10.0.0.10")]


def test_a_lease_begins_goes_on_and_ends() -> None:
    world = site()
    obtain(world)
    [(server, asked)] = world.asked()
    assert (server, asked) == ("10.9.9.1:1813", {
        "User-Name": b"01:08:00:27:00:00:01", "Calling-Station-Id": b"08:00:27:00:00:01",
        "Framed-IP-Address": packed("10.0.0.10"), "Acct-Session-Id": asked["Acct-Session-Id"],
        "Acct-Status-Type": START, "NAS-Port": b"\0\0\0\x01", "Acct-Delay-Time": bytes(4),
        "NAS-IP-Address": packed("10.9.9.254"),
    })  # fmt: skip
    session = asked["Acct-Session-Id"]
    assert session == f"10.0.0.10@{int(world.now) - EPOCH}.{int(world.now * 1000) % 1000}".encode()
    world.answer(RESPONSE)
    world.now += 300
    world.hear(REQUEST, 1, ciaddr=ip("10.0.0.10"))
    assert records(world) == [(ALIVE, "10.0.0.10", session)]
    world.hear(RELEASE, 1, options={54: packed("10.0.0.1")}, ciaddr=ip("10.0.0.10"))
    assert records(world) == [(STOP, "10.0.0.10", session)]
    assert world.radius._sessions.began == {}


def test_declined_and_expired_leases_end_their_sessions() -> None:
    world = site()
    obtain(world)
    world.hear(DECLINE, 1, "10.0.0.10")
    assert [status for status, _, _ in records(world)] == [START, STOP]
    world.request(2, "10.0.0.11")
    world.now += 100_000
    world.reclaimer().run(world.now)
    assert [status for status, _, _ in records(world)] == [START, STOP]


def test_a_session_that_has_ended_does_not_end_again_as_its_lease_is_reclaimed() -> None:
    world = site()
    obtain(world)
    world.hear(RELEASE, 1, options={54: packed("10.0.0.1")}, ciaddr=ip("10.0.0.10"))
    world.request(2, "10.0.0.11")
    world.hear(DECLINE, 2, "10.0.0.11")
    assert sorted(status for status, _, _ in records(world)) == [START, START, STOP, STOP]
    world.now += 100_000
    world.reclaimer().run(world.now)
    assert records(world) == [] and not world.log.texts("RADIUS_HOOK_FAILED")


def test_a_kept_offer_that_nobody_accepts_ends_no_session() -> None:
    world = Site(configuration({"accounting": {"servers": SERVERS}}, offer_lifetime=60))
    world.discover(1)
    world.now += 1000
    world.reclaimer().run(world.now)
    assert records(world) == [] and world.lease("10.0.0.10").state == RECLAIMED  # type: ignore[union-attr]


def test_an_expired_lease_that_makes_room_ends_its_session_first() -> None:
    world = site()
    obtain(world)
    [(_, asked)] = world.asked()
    world.now += 100_000
    assert world.request(2, "10.0.0.10") == [(ACK, "10.0.0.10")]
    stop, start = (each for _, each in world.asked())
    assert (stop["Acct-Status-Type"], start["Acct-Status-Type"]) == (STOP, START)
    assert stop["User-Name"] == asked["User-Name"] != start["User-Name"]
    assert stop["Acct-Session-Id"] == asked["Acct-Session-Id"] != start["Acct-Session-Id"]


def test_a_client_that_moves_leaves_no_session_behind() -> None:
    pools = [{**SUBNET, "reservations": []}, {"id": 2, "subnet": "10.0.1.0/24", "pools": [{"pool": "10.0.1.10/31"}]}]
    network = [{"name": "floor", "subnet4": [{**each, "interface": ""} for each in pools], "interface": "em1"}]
    by_global = {"reservations_global": True, "reservations_in_subnet": False}
    world = Site(configuration({"accounting": {"servers": SERVERS}}, subnets=(), shared_networks=network, **by_global))
    obtain(world)
    world.asked()
    assert world.request(1, "10.0.1.10") == [(ACK, "10.0.1.10")]
    assert sorted(records(world)[:2])[1][:2] == (STOP, "10.0.0.10")
    assert list(world.radius._sessions.began) == [ip("10.0.1.10")]


def test_a_kept_offer_begins_no_session_before_it_is_accepted() -> None:
    world = Site(configuration({"accounting": {"servers": SERVERS}}, offer_lifetime=60))
    assert world.discover(1) == [(OFFER, "10.0.0.10")]
    assert world.asked() == [] and world.lease("10.0.0.10") is not None
    assert world.request(1, "10.0.0.10") == [(ACK, "10.0.0.10")]
    assert [status for status, _, _ in records(world)] == [START]


def test_a_client_without_identifier_is_named_by_its_hardware_address() -> None:
    world = site()
    world.hear(REQUEST, 1, "10.0.0.10", options={61: b""})
    [(_, asked)] = world.asked()
    assert asked["User-Name"] == b"08:00:27:00:00:01" and "Calling-Station-Id" not in asked


def test_a_record_has_the_class_that_admitted_the_client_and_configured_attributes() -> None:
    world = site(access=True, attributes=[{"name": "Connect-Info", "data": "fibre"}])
    world.discover(1)
    world.answer(2, Class=b"gold")
    world.asked()
    world.request(1, "10.0.0.10")
    [(_, asked)] = world.asked()
    assert (asked["Class"], asked["Connect-Info"]) == (b"gold", b"fibre")


def test_a_record_says_how_late_it_is_and_is_lost_at_last() -> None:
    world = site()
    obtain(world)
    for _ in range(8):
        world.clock.advance(10)
    delays = [int.from_bytes(asked["Acct-Delay-Time"]) for _, asked in world.asked()]
    assert delays == [0, 10, 20, 30, 40, 50, 60, 70]
    [line] = world.log.texts("RADIUS_ACCOUNTING_ERROR")
    assert line.endswith("on event 0 (create) failed with 1 (timeout)")
    assert len(world.radius.client) == 0


def test_a_record_is_repeated_though_the_clock_was_set_back() -> None:
    world = site()
    obtain(world)
    world.asked()
    world.clock.rightNow -= 50  # the reactor's time is that of the wall clock
    world.clock.getDelayedCalls()[0].reset(0)
    world.clock.advance(0)
    [(_, asked)] = world.asked()
    assert asked["Acct-Delay-Time"] == bytes(4)


def test_records_that_no_server_has_confirmed_at_the_end_are_counted() -> None:
    world = site(access=True)
    world.discover(1)
    world.answer(2)
    world.request(1, "10.0.0.10")
    world.discover(2)
    assert len(world.radius.client) == 2, "the record of one client, and the request about the other"
    world.radius.unload()
    [line] = world.log.texts("RADIUS_ACCOUNTING_NOT_CONFIRMED")
    assert line.startswith("1 accounting records")
    world = site(access=True)
    world.discover(2)
    world.radius.unload()
    assert not world.log.texts("RADIUS_ACCOUNTING_NOT_CONFIRMED")


def test_records_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MOST_RECORDS", 2)
    world = site()
    for client in range(1, 6):
        assert world.request(client, f"10.0.0.1{client}")
    assert len(world.radius.client) == 2
    assert len(world.log.texts("RADIUS_UDP_EXCHANGE_MAX_PENDING")) == 1, "one line for many"


LEASE = {"ip-address": "10.0.0.12", "hw-address": mac(7).hex(":"), "subnet-id": 1, "client-id": "01:02:03"}
PEER = {**LEASE, "origin": "ha-partner"}
DONE: Any = {"result": 0}


@pytest.mark.parametrize(
    ("command", "arguments", "answer", "peers", "events"),
    [
        ("lease4-add", LEASE, DONE, True, ["add"]),
        ("lease4-update", PEER, DONE, True, ["update"]),
        ("lease4-update", PEER, DONE, False, []),
        ("lease4-del", LEASE, DONE, False, ["delete"]),
        ("lease4-del", LEASE, {"result": 3}, True, []),
        ("lease4-del", {"ip-address": "10.0.0.12"}, DONE, True, []),
        ("lease4-add", {**LEASE, "subnet-id": "x"}, DONE, True, []),
        ("lease4-add", {**LEASE, "hw-address": 7}, DONE, True, []),
        ("lease4-add", {**LEASE, "ip-address": "2001:db8::1"}, DONE, True, []),
        ("lease4-get", LEASE, DONE, True, []),
        ("lease4-add", None, DONE, True, []),
        ("lease4-bulk-apply", {"deleted-leases": [LEASE], "leases": [LEASE, {**LEASE, "ip-address": "10.0.0.13"}]},
         {"result": 0, "arguments": {"failed-leases": [{"ip-address": "10.0.0.13"}]}}, True, ["delete", "update"]),
    ],
)  # fmt: skip
def test_commands_that_change_leases_have_records(
    command: str, arguments: Any, answer: Any, peers: bool, events: list[str]
) -> None:
    assert [event for event, _ in of_command(command, arguments, answer, peers)] == events


def test_a_lease_that_a_command_adds_begins_a_session() -> None:
    world = site()
    world.radius.command_processed("lease4-add", LEASE, DONE)
    world.radius.command_processed("lease4-del", LEASE, DONE)
    assert [status for status, _, _ in records(world)] == [START, STOP]


def test_an_address_that_was_offered_in_vain_is_no_new_lease_of_who_gets_it_by_a_command() -> None:
    world = site()
    assert world.discover(1) == [(OFFER, "10.0.0.10")]
    assert world.request(2, "10.0.0.11") == [(ACK, "10.0.0.11")]
    world.radius._fresh[ip("10.0.0.11")] = None  # as an offer of before the partner, whose lease it was, was there
    world.radius.command_processed("lease4-update", {**LEASE, "ip-address": "10.0.0.11"}, DONE)
    world.asked()
    world.now += 300
    world.hear(REQUEST, 2, ciaddr=ip("10.0.0.11"))
    assert [status for status, _, _ in records(world)] == [ALIVE]


def test_sessions_survive_a_restart_by_their_file(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    world = site(file)
    obtain(world)
    [(_, _, session)] = records(world)
    world.request(2, "10.0.0.11")
    world.hear(RELEASE, 2, options={54: packed("10.0.0.1")}, ciaddr=ip("10.0.0.11"))
    world.radius.unload()
    assert len(file.read_text().splitlines()) == 4
    again = site(file)
    assert file.read_text().splitlines()[0] == "address,seconds,milliseconds"
    assert len(file.read_text().splitlines()) == 2, "without what is over"
    assert again.radius._sessions.name(ip("10.0.0.10"), "renew", again.now + 300) == session.decode()
    text = "loading of the session history file succeeded: read 2 records including 1 active records"
    assert again.log.texts("RADIUS_SESSION_HISTORY_LOADED") == [text]


def test_a_renewal_after_a_restart_belongs_to_the_same_session(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("address,seconds,milliseconds\n10.0.0.10,271234567,89\n10.0.0.11,5,0\n10.0.0.11,0,0\n")
    world = site(file)
    assert world.radius._sessions.name(ip("10.0.0.10"), "renew", world.now) == "10.0.0.10@271234567.89"
    assert list(world.radius._sessions.began) == [ip("10.0.0.10")]
    assert (tmp_path / "history.csv.bak").exists()


def test_faulty_lines_of_the_file_are_passed_over_and_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    before = "address,seconds,milliseconds\n10.0.0.10,5,6\nnonsense\n10.0.0.300,1,1\n"
    file.write_text(before)
    world = site(file)
    assert list(world.radius._sessions.began) == [ip("10.0.0.10")]
    assert file.read_text() == before
    assert len(world.log.texts("RADIUS_SESSION_HISTORY_LOAD_FAILED")) == 1


def test_a_line_that_was_cut_off_takes_no_other_with_it(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("address,seconds,milliseconds\n10.0.0.11,5,6\n10.0.0.12,27")
    world = site(file)
    world.radius._sessions.name(ip("10.0.0.10"), "create", world.now)
    world.radius.unload()
    assert list(site(file).radius._sessions.began) == [ip("10.0.0.11"), ip("10.0.0.10")]


def test_a_file_that_is_no_history_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "important"
    file.write_text("secret of another program\n")
    with pytest.raises(ValueError, match="is no session history; remove it, or name another file") as caught:
        site(file)
    assert file.read_text() == "secret of another program\n" and "secret" not in str(caught.value)
    with pytest.raises(ValueError, match="Is a directory"):
        site(tmp_path)
    with pytest.raises(ValueError, match="'session-history' cannot be /etc/shadow: invalid path specified: '/etc'"):
        site(Path("/etc/shadow"))


def test_the_file_is_written_anew_while_the_server_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radiushistory, "MOST_LINES", 20)
    monkeypatch.setattr(radiushistory, "_SLICE", 2)
    file = tmp_path / "history.csv"
    world = site(file)
    sessions = world.radius._sessions
    for address in range(1, 8):
        sessions.name(address, "create", world.now)
    for _ in range(20):
        sessions.name(100, "create", world.now)
        sessions.name(100, "release", world.now)
        if (tmp_path / "history.csv.new").exists():
            break
    sessions.name(2, "release", world.now)  # while it is written anew
    sessions.name(9, "create", world.now)
    world.turn()
    world.turn()
    sessions.name(10, "create", world.now)
    assert not (tmp_path / "history.csv.new").exists()
    assert len(file.read_text().splitlines()) < 20
    world.radius.unload()
    assert site(file).radius._sessions.began == sessions.began
    assert sorted(sessions.began) == [1, 3, 4, 5, 6, 7, 9, 10]


def test_a_reconfiguration_while_the_file_is_written_anew_leaves_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radiushistory, "MOST_LINES", 20)
    monkeypatch.setattr(radiushistory, "_SLICE", 2)
    file = tmp_path / "history.csv"
    world = site(file)
    sessions = world.radius._sessions
    for address in range(1, 8):
        sessions.name(address, "create", world.now)
    while not world.radius._history._new:
        sessions.name(1, "create", world.now + 1)
    world.radius._history._go_on()  # the first of several turns
    again = site(file)
    world.radius.unload()
    world.turn()
    again.radius.unload()
    assert site(file).radius._sessions.began == sessions.began
    assert file.read_text().count("\n") == 8 and not (tmp_path / "history.csv.new").exists()


def test_a_file_that_cannot_be_written_anew_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radiushistory, "MOST_LINES", 2)
    file = tmp_path / "history.csv"
    world = site(file)
    (tmp_path / "history.csv.new").mkdir()
    for address in range(1, 5):
        world.radius._sessions.name(address, "create", world.now)
        world.radius._sessions.name(address, "release", world.now)
    assert world.log.texts("RADIUS_SESSION_HISTORY_STORE_FAILED")
    assert len(file.read_text().splitlines()) == 9
    (tmp_path / "history.csv.new").rmdir()
    for address in range(5, 9):
        world.radius._sessions.name(address, "release", world.now)
    world.radius.unload()
    assert not (tmp_path / "history.csv.new").exists()


def test_without_room_for_the_file_records_go_on(tmp_path: Path) -> None:
    world = site(tmp_path / "missing" / "history.csv")
    assert len(world.log.texts("RADIUS_SESSION_HISTORY_OPEN_FAILED")) == 1
    obtain(world)
    assert len(records(world)) == 1


def test_a_write_that_fails_ends_the_history_only(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    world = site(tmp_path / "history.csv")
    world.radius._history._file = open("/dev/full", "a", buffering=1)  # noqa: SIM115 - closed by the library
    obtain(world)
    world.request(2, "10.0.0.11")
    assert len(world.log.texts("RADIUS_SESSION_HISTORY_APPEND_FAILED")) == 1 and len(records(world)) == 2


def test_a_session_that_is_unknown_begins_with_its_first_record() -> None:
    written: list[Any] = []
    unknown: list[int] = []
    sessions = Sessions(lambda *row: written.append(row), unknown.append)
    assert sessions.name(7, "renew", EPOCH + 12.345) == "0.0.0.7@12.345"
    assert sessions.name(7, "delete", EPOCH + 99) == "0.0.0.7@12.345"
    assert (written, unknown, sessions.began) == ([(7, (12, 345)), (7, (0, 0))], [7], {})
    assert sessions.name(8, "expire", 0) == "0.0.0.8@1.0", "a clock that is wrong"
    assert sessions.began == {}
