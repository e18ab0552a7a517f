"""One server as the standby of two others, each with a subnet of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .bootp import mac_of
from .hosts import Lan
from .kinds import place
from .needs import need
from .pairs import SETTLED, wait
from .rawclients import RawClients
from .servers import Server

HUB = "10.0.0.9"
SPOKES = ("10.0.0.1", "10.0.0.3")


@pytest.mark.live
@pytest.mark.parametrize(("hub", "spoke"), [("ours", "ours"), ("ours", "kea30"), ("kea30", "ours")])
def test_a_hub_takes_over_from_one_of_two(lan: Lan, tmp_path: Path, hub: str, spoke: str) -> None:
    """It serves the subnet of the one that died, and goes on as standby of the other one."""
    need(hub, spoke)
    host = lan.server("hub", f"{HUB}/24")
    relationships = [_relationship(number) for number in (0, 1)]
    own = [{**one, "this-server-name": f"hub{number}"} for number, one in enumerate(relationships)]
    central = place(hub, host, tmp_path / "hub", _configuration(own, [0, 1]))
    spokes = [
        place(
            spoke, lan.server(f"spoke{number}", f"{SPOKES[number]}/24"), tmp_path / f"spoke{number}",
            _configuration([{**relationships[number], "this-server-name": f"spoke{number}"}], [number]),
        )
        for number in (0, 1)
    ]  # fmt: skip
    for server in (central, *spokes):
        server.start()

    wait(lambda: _states(central) == ["hot-standby", "hot-standby"], "normal states", SETTLED)
    clients = RawClients(lan.client("clients"))
    before = clients.obtain(mac_of(1))
    assert before is not None and before.server == SPOKES[0]
    spokes[0].kill()
    wait(lambda: _states(central) == ["partner-down", "hot-standby"], "take-over", SETTLED)
    after = clients.request(mac_of(1), before.address)
    assert after is not None and (after.address, after.server) == (before.address, HUB)
    spokes[0].start()
    wait(lambda: _states(central) == ["hot-standby", "hot-standby"], "return", SETTLED)
    # the hub serves the clients of a Kea until that one has noticed that it may
    wait(lambda: _states(spokes[0]) == ["hot-standby"], "normal state of the one that returned", SETTLED)
    after = clients.request(mac_of(1), before.address)
    assert after is not None and (after.address, after.server) == (before.address, SPOKES[0])
    clients.close()
    for server in (central, *spokes):
        server.stop()


@pytest.mark.live
@pytest.mark.parametrize("hub", ["ours", "kea30"])
def test_the_class_of_a_query_comes_with_its_subnet(lan: Lan, tmp_path: Path, hub: str) -> None:
    """Pools and late tests see the primary's class, tests before the choice of the subnet do not."""
    need(hub)
    own = [{**_relationship(number), "this-server-name": f"hub{number}"} for number in (0, 1)]
    tree = json.loads(_configuration(own, [0, 1]))
    tree["Dhcp4"]["client-classes"] = [
        {"name": "early", "test": "member('HA_spoke0')"},
        {"name": "late", "test": "member('UNKNOWN') and member('HA_spoke0')"},
    ]
    guards = ("early", "HA_hub0", "HA_spoke1", "late")
    tree["Dhcp4"]["subnet4"][0]["pools"] = [
        {"pool": f"10.0.0.{number}0 - 10.0.0.{number}8", "client-class": name} for number, name in enumerate(guards, 1)
    ]
    server = place(hub, lan.server("hub", f"{HUB}/24"), tmp_path / "hub", json.dumps(tree))
    server.start()
    wait(lambda: _states(server) == ["partner-down", "partner-down"], "being alone", SETTLED)
    clients = RawClients(lan.client("clients"))
    reply = clients.obtain(mac_of(1))
    # alone, the hub gives addresses of its own half of the pool first
    assert reply is not None and reply.address.startswith("10.0.0.4")
    clients.close()
    server.stop()


@pytest.mark.live
@pytest.mark.parametrize("hub", ["ours", "kea30"])
def test_only_leases_of_the_own_subnets_are_fetched(lan: Lan, tmp_path: Path, hub: str) -> None:
    """A spoke serves two subnets, and the hub is its partner for the first one."""
    need(hub)
    one = {**_relationship(0), "this-server-name": "spoke0", "restrict-commands": False}
    spoke = place(hub, lan.server("spoke", f"{SPOKES[0]}/24"), tmp_path / "spoke", _configuration([one], [0, 1]))
    spoke.start()
    for number in (0, 1):
        lease = {"ip-address": f"10.0.{number}.20", "hw-address": "02:00:00:00:00:01", "subnet-id": number + 1}
        assert spoke.ask("lease4-add", lease)["result"] == 0
    own = [{**_relationship(number), "this-server-name": f"hub{number}"} for number in (0, 1)]
    server = place(hub, lan.server("hub", f"{HUB}/24"), tmp_path / "hub", _configuration(own, [0, 1]))
    server.start()
    wait(lambda: _states(server)[0] == "hot-standby", "a normal state", SETTLED)
    leases = server.ask("lease4-get-all")["arguments"]["leases"]
    assert [lease["ip-address"] for lease in leases] == ["10.0.0.20"]
    server.stop()
    spoke.stop()


def _states(hub: Server) -> list[str]:
    """Of its relationships."""
    entries = hub.ask("status-get")["arguments"]["high-availability"]
    return [entry["ha-servers"]["local"]["state"] for entry in entries]


def _relationship(number: int) -> dict[str, Any]:
    """Between the hub and a spoke; each has a port of the hub."""
    return {
        "mode": "hot-standby", "heartbeat-delay": 1000, "max-response-delay": 3000, "max-unacked-clients": 0,
        "peers": [
            {"name": f"spoke{number}", "url": f"http://{SPOKES[number]}:8000/", "role": "primary"},
            {"name": f"hub{number}", "url": f"http://{HUB}:{8000 + number}/", "role": "standby"},
        ],
    }  # fmt: skip


def _configuration(relationships: list[dict[str, Any]], numbers: list[int]) -> str:
    """A file with the subnets of some spokes; clients on the LAN are in the first one's."""
    subnets = [
        {
            "id": number + 1,
            "subnet": f"10.0.{number}.0/24",
            "pools": [{"pool": f"10.0.{number}.10 - 10.0.{number}.99"}],
            "user-context": {"ha-server-name": f"spoke{number}"},
        }
        for number in numbers
    ]
    dhcp4 = {
        "interfaces-config": {"interfaces": ["em1"]},
        "hooks-libraries": [
            {"library": "/usr/local/lib/kea/hooks/libdhcp_lease_cmds.so", "parameters": {}},
            {
                "library": "/usr/local/lib/kea/hooks/libdhcp_ha.so",
                "parameters": {"high-availability": relationships},
            },
        ],
        "valid-lifetime": 7200,
        "subnet4": subnets,
    }
    return json.dumps({"Dhcp4": dhcp4}, indent=2)
