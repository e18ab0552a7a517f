"""Our answers beside those recorded with a real Kea."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from kea_twisted.commands.context import Context
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import parse, render
from kea_twisted.libraries.commands import OURS, available
from tests.commands.fakecontext import FakeContext
from tests.commands.recorded import exchanges

# Sentences in which Kea's code speaks about its own types: ours say the same in words of their own.
OWN_WORDS = re.compile(r"called on (a )?non-|got map instead")
# What another session, with another clock and another version, would answer differently.
VOLATILE = {"cltt", "pid", "hash", "size", "extended", "uptime", "reload"}
# Commands of which the existence is all that is compared.
UNEQUAL = {"version-get", "build-report", "status-get", "list-commands", "config-get", "statistic-get-all"}

# Of later versions than the one that was asked.
LATER = {"interface-add", "interface-list", "interface-redetect", "kea-lfc-start", "statistic-global-get-all",
         "lease4-get-by-state", "sflq-pool4-get-all", "sflq-pool4-get-by-subnet", "sflq-pool4-get-by-range",
         "sflq-pool4-rebuild", "sflq-pool4-del"}  # fmt: skip

NOT_OURS = "not there yet, or not in the version that was asked"
DIFFERENT = {
    "lease4-get-by-state": NOT_OURS,
    ("state", 4): "a DHCPv4 lease cannot be registered; later versions refuse it, too",
    ("state", 5): "the same, in the list of states",
    ("user-context", "[]"): "lists are spelled differently inside the sentence",
    ("comment", "b"): "maps are spelled differently inside the sentence",
    ("client-id", "0x"): "too short here, no digits there",
    ("origin-id", -1): "Kea takes it for 4294967295, and no command can take that back",
    ("origin-id", 3000): "there is no database connection that could switch the service off",
    ("origin-id", 5000): "nor any other",
    ("Dhcp4", "bogus"): "our own sentences about configurations",
    ("Dhcp4", "subnet4"): "our own sentences about configurations",
}


def ask(context: Context, request: Any) -> dict[str, Any]:
    """Our answer as a client would read it."""
    reply = dispatch(context, request)
    assert isinstance(reply, dict)
    read: dict[str, Any] = json.loads(render(reply))
    return read


def shape(value: Any) -> Any:
    """A value without what differs from run to run: times, order of leases."""
    if isinstance(value, dict):
        return {key: "…" if key in VOLATILE else shape(found) for key, found in value.items()}
    if isinstance(value, list):
        rows = [shape(found) for found in value]
        return sorted(rows, key=json.dumps) if rows and isinstance(rows[0], dict) else rows
    return value


def without_place(text: str) -> str:
    """Kea adds where in the request it found something."""
    return re.sub(r" ?\(<wire>:\d+:\d+\)$", "", text)


def plainly(answer: dict[str, Any]) -> tuple[int, str | None, Any]:
    """Result, sentence and arguments to compare."""
    text = answer.get("text")
    return answer["result"], None if text is None else without_place(text), shape(answer.get("arguments"))


def is_different(request: Any) -> bool:
    """Return True if this is one of the answers that are meant to differ."""
    if request["command"] in DIFFERENT:
        return True
    arguments = request.get("arguments")
    return isinstance(arguments, dict) and any(
        (name, found if isinstance(found, int | str) else json.dumps(found)) in DIFFERENT
        or (isinstance(found, dict) and len(found) == 1 and (name, *found) in DIFFERENT)
        for name, found in arguments.items()
    )


GROUPS = [
    "lease-add", "lease-spelling", "lease-get", "lease-update", "lease-delete",
    "service", "statistics", "config", "daemon", "shutdown", "shutdown-plain", "shutdown-empty",
    "shutdown-list",
]  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_every_answer_is_that_of_a_real_kea(group: str) -> None:
    context = FakeContext()
    for exchange in exchanges(group):
        request, expected = exchange["request"], plainly(exchange["answer"])
        found = plainly(ask(context, request))
        if is_different(request):
            continue
        assert found[0] == expected[0], (request, found, expected)
        if request["command"] == "statistic-get":
            compare_statistics(found, expected)
        elif request["command"] not in UNEQUAL and not OWN_WORDS.search(expected[1] or ""):
            assert found == expected, request


def compare_statistics(found: Any, expected: Any) -> None:
    """The shape of samples, and the total; how leases are counted is the engine's affair."""
    for name, samples in (expected[2] or {}).items():
        value, when = found[2][name][0]
        assert type(value) is type(samples[0][0])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", when)
        assert "total" not in name or value == samples[0][0]


@pytest.mark.parametrize("exchange", exchanges("envelope"), ids=lambda one: repr(one["request"][:40]))
def test_every_malformed_request_gets_the_result_of_a_real_kea(exchange: dict[str, Any]) -> None:
    body, expected = exchange["request"], exchange["answer"]
    try:
        request = parse(body.encode())
    except ValueError:
        # The UNIX socket takes comments and trailing text, and waits for more; HTTP says 400 to all of them.
        assert expected is None or expected["result"] == 1 or body[0] in "#/" or body.endswith("trailing")
        return
    found = ask(FakeContext(), request)
    assert found["result"] == expected["result"] or "\\u20ac" in body  # Kea knows no character above U+00FF
    text = expected.get("text", "")
    if found["result"] and not OWN_WORDS.search(text) and "first character" not in text:
        assert found["text"] == text


@pytest.mark.parametrize("group", ["daemon", "ha"])
def test_we_have_no_command_that_kea_lacks(group: str) -> None:
    kea = set(exchanges(group)[0]["answer"]["arguments"])
    ours = {
        row.name for row in available({"libdhcp_lease_cmds", "libdhcp_ha"} if group == "ha" else {"libdhcp_lease_cmds"})
    }
    assert ours - kea == (LATER | OURS) & ours


def test_status_has_the_keys_of_a_kea_with_one_thread() -> None:
    asked = next(row for row in exchanges("ha") if row["request"]["command"] == "status-get")
    kea = asked["answer"]["arguments"]
    ours = ask(FakeContext(ha=True), {"command": "status-get"})["arguments"]
    threads = {"thread-pool-size", "packet-queue-size", "packet-queue-statistics"}
    assert set(ours) - {"extended-info-tables"} == set(kea) - threads
    assert set(ours["dhcp-state"]) == set(kea["dhcp-state"])
