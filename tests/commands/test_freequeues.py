"""Commands about the free lease queues of the allocator shared-flq."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.engine.allocators import allocator_class
from kea_twisted.errors import ConfigError
from kea_twisted.lease.lease import Change
from kea_twisted.wire.address import address_number
from tests.commands.fakecontext import FakeContext
from tests.commands.test_leases import LEASE, ask

SHARED = {"allocator": "shared-flq", "pools": [{"pool": "10.0.0.50 - 10.0.0.59"}, {"pool": "10.0.0.70 - 10.0.0.79"}]}
SUBNETS = [
    {"id": 1, "subnet": "10.0.0.0/24", **SHARED},
    {"id": 2, "subnet": "10.0.1.0/24", "allocator": "flq", "pools": [{"pool": "10.0.1.50 - 10.0.1.59"}]},
]
FIRST = {"start-address": "10.0.0.50", "end-address": "10.0.0.59"}


@pytest.fixture
def context() -> FakeContext:
    made = FakeContext({"subnet4": SUBNETS, "hooks-libraries": [{"library": "libdhcp_lease_cmds.so"}]})
    made.table.apply(Change(LEASE))
    return made


def starts(answer: dict[str, Any]) -> list[str]:
    return [pool["start-address"] for pool in answer["arguments"]["pools"]]


def test_queues_are_those_of_subnets_with_the_allocator(context: FakeContext) -> None:
    answer = ask(context, "sflq-pool4-get-all")
    assert (answer["result"], answer["text"]) == (0, "2 pool(s) found.")
    first, _ = answer["arguments"]["pools"]
    assert first["created-ts"] == first["modified-ts"]
    del first["created-ts"], first["modified-ts"]
    assert first == {
        "lease-type": "V4", **FIRST, "delegated-len": 128, "subnet-id": 1, "free-leases": 9,
    }  # fmt: skip
    assert starts(ask(context, "sflq-pool4-get-by-subnet", {"subnet-id": 1})) == ["10.0.0.50", "10.0.0.70"]
    found = ask(context, "sflq-pool4-get-by-subnet", {"subnet-id": 2})
    assert found == {"result": 3, "text": "0 pool(s) found.", "arguments": {"pools": []}}
    overlap = {"start-address": "10.0.0.59", "end-address": "10.0.0.69"}
    assert starts(ask(context, "sflq-pool4-get-by-range", overlap)) == ["10.0.0.50"]


def test_a_rebuilt_queue_forgets_the_order_and_keeps_what_is_taken(context: FakeContext) -> None:
    book = context.table.book(1)
    allocator = allocator_class("shared-flq")(book)
    map_ = book.pools[0].taken
    map_.take(3)
    map_.free(3)
    assert map_.queue is not None and len(map_.queue) == 1
    assert ask(context, "sflq-pool4-rebuild", FIRST) == {
        "result": 0, "text": "SFLQ pool rebuilt.", "arguments": FIRST,
    }  # fmt: skip
    assert map_.queue is not None and len(map_.queue) == 0
    picked = {allocator.pick(context.table.store, 0) for _ in range(40)}
    assert address_number("10.0.0.50") not in picked and address_number("10.0.0.53") in picked
    other = {"start-address": "10.0.0.50", "end-address": "10.0.0.58"}
    text = "SFLQ pool does not exist."
    assert ask(context, "sflq-pool4-rebuild", other) == {"result": 3, "text": text, "arguments": other}
    assert context.log.texts("SFLQ_POOL4_REBUILD")[0].endswith("pools rebuilt: 1")


def test_a_queue_goes_with_its_pool_alone(context: FakeContext) -> None:
    answer = ask(context, "sflq-pool4-del", FIRST)
    assert answer["result"] == 1 and "remove the pool from the configuration" in answer["text"]
    both = {"start-address": "10.0.0.50", "end-address": "10.0.0.79"}
    assert ask(context, "sflq-pool4-del", both)["text"] == "Delete would affect 2 overlapping pools"
    answer = ask(context, "sflq-pool4-del", both | {"force": True})
    assert (answer["result"], answer["text"]) == (3, "SFLQ pool does not exist")
    assert len(context.log.texts("SFLQ_POOL4_DEL_FAILED")) == 2


@pytest.mark.parametrize(
    ("command", "arguments", "text"),
    [
        ("get-all", {"x": 1}, "command does not take any arguments"),
        ("get-by-subnet", None, "no parameters specified for the command"),
        ("get-by-subnet", {}, "missing 'subnet-id' parameter"),
        ("get-by-subnet", {"subnet-id": "1"}, "'subnet-id' parameter is not an integer"),
        ("get-by-subnet", {"subnet-id": 1, "x": 2}, "spurious 'x' parameter"),
        ("get-by-subnet", {"subnet-id": 0},
         "'subnet-id' 0 is invalid, must be greater than zero and less than 4294967295"),
        ("get-by-range", {"start-address": "10.0.0.1"}, "missing 'end-address' parameter"),
        ("get-by-range", FIRST | {"end-address": "x"}, "Failed to convert 'x' to address: Failed to convert string to "
         "address 'x': Invalid argument"),
        ("get-by-range", FIRST | {"end-address": "10.0.0.1"}, "invalid V4 range - start_address 10.0.0.50, end_address "
         "10.0.0.1, must be V4 addresses where start_address <= end_address"),
        ("rebuild", FIRST | {"end-address": "2001:db8::1"}, "invalid V4 range - start_address 10.0.0.50, end_address "
         "2001:db8::1, must be V4 addresses where start_address <= end_address"),
        ("del", FIRST | {"force": 1}, "'force' parameter is not a boolean"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_in_keas_words(
    context: FakeContext, command: str, arguments: object, text: str
) -> None:
    assert ask(context, f"sflq-pool4-{command}", arguments) == {"result": 1, "text": text}
    failed = f"SFLQ_POOL4_{command.replace('-', '_').upper()}_FAILED"
    assert context.log.identifiers() == ["COMMAND_RECEIVED", failed]


def test_a_pool_of_more_than_8_bits_less_is_refused() -> None:
    def load(pool: str) -> None:
        subnet = {"id": 1, "subnet": "10.0.0.0/7", "allocator": "shared-flq", "pools": [{"pool": pool}]}
        load_tree({"Dhcp4": {"subnet4": [subnet]}})

    load("11.0.0.0/8")
    with pytest.raises(ConfigError, match="exceeds limit of 16777216 for shared-flq allocator"):
        load("10.0.0.0/7")
