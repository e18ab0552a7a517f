"""``picture-get``: what a partner may see, and what it may not."""

from __future__ import annotations

import json
from typing import Any

from kea_twisted.commands.picture import picture_get
from kea_twisted.doctor.picture import Node, Subnet
from kea_twisted.engine.pooluse import DAY, INTERVAL
from kea_twisted.lease.lease import Lease
from tests.commands.fakecontext import NOW, FakeContext

SUBNET = {
    "id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.1-10.0.0.100"}],
    "reservations": [{"hw-address": "08:00:27:00:00:01", "hostname": "hidden9"}],
}  # fmt: skip


def context() -> FakeContext:
    return FakeContext({
        "subnet4": [SUBNET], "lease-database": {"type": "memfile", "name": "hidden9.csv", "lfc-interval": 0},
        "control-sockets": [{
            "socket-type": "http", "socket-address": "192.0.2.1", "socket-port": 8001,
            "authentication": {"type": "basic", "clients": [{"user": "hidden9", "password": "hidden9"}]},
        }, {"socket-type": "unix", "socket-name": "hidden9"}],
    })  # fmt: skip


def lease_at(address: int) -> Lease:
    """A lease of the subnet."""
    return Lease(address, address.to_bytes(6, "big"), b"", 3600, int(NOW), 1)


def picture(of: FakeContext) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(picture_get(of, None)["arguments"]))  # type: ignore[arg-type]
    return found


def test_it_has_what_the_checks_read() -> None:
    found = picture(context())
    node = Node("server1", "", found)
    assert node.subnets == (Subnet(1, "10.0.0.0/24", 100, 0, 0),)
    assert (found["time"], found["version"], found["path-rules"]) == (NOW, "1.2.3", True)
    assert found["lease-database"] == {"type": "memfile", "persist": True, "lfc-interval": 0}
    assert found["control-sockets"] == [{"address": "192.0.2.1", "port": 8001, "protected": True}]
    assert node.status["dhcp-state"]["globally-disabled"] is False
    assert found["soon-full"] == []


def test_it_has_no_credentials_file_names_or_names_of_clients() -> None:
    text = json.dumps(picture(context()))
    assert "hidden9" not in text and "08:00:27:00:00:01" in text


def test_pools_that_will_be_full_soon() -> None:
    house = context()
    pools = house.measurements.pools
    for number in range(int(2 * DAY / INTERVAL) + 1):
        house.statistics.put("subnet[1].pool[0].assigned-addresses", 40 + int(10 * number * INTERVAL / DAY))
        for _ in pools.sample(house.settings.subnets, house.statistics, number * INTERVAL):
            pass
    (found,) = picture(house)["soon-full"]
    assert found["subnet"] == "10.0.0.0/24" and 3 < found["days"] < 5


def test_pools_that_are_full_for_the_members_of_a_class() -> None:
    halves = [
        {"pool": f"10.0.0.{first} - 10.0.0.{first + 9}", "client-classes": [name]}
        for first, name in ((10, "HA_server1"), (20, "HA_server2"))
    ]
    house = FakeContext({"subnet4": [SUBNET | {"pools": halves, "reservations": []}]})
    assert picture(house)["scarce-pools"] == []
    house.put(*map(lease_at, range(0x0A000014, 0x0A00001E)))
    found = {"id": 1, "subnet": "10.0.0.0/24", "pools": ["10.0.0.20-10.0.0.29"], "total": 10, "used": 10}
    assert picture(house)["scarce-pools"] == [found | {"classes": ["HA_server2"]}]
    more = [*halves, {"pool": "10.0.0.100 - 10.0.0.199"}]  # in which they find addresses, too
    house = FakeContext({"subnet4": [SUBNET | {"pools": more, "reservations": []}]})
    house.put(*map(lease_at, range(0x0A000014, 0x0A00001E)))
    assert picture(house)["scarce-pools"] == []
