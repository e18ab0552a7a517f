"""Clients that asked a server just before it died, or just after, are answered without asking the other one again."""

from __future__ import annotations

import pytest

from kea_twisted.ha.states import State
from tests.scenarios.pairclients import Client
from tests.scenarios.pairconfig import NAMES, SINGLES
from tests.scenarios.pairmodel import World
from tests.scenarios.test_pair_bounds import PROBE_LEARNT, TIMERS

ONE, TWO = NAMES
PATIENT = 10.0
"""Seconds after which the clients of this module ask again."""


GROUP = 20
SPARE = 100
"""Addresses beside those of the clients: two clients of a turn may be offered the same one where there are few."""


def served_by(world: World, name: str) -> list[Client]:
    """The clients that belong to a server."""
    scopes = world.lives[ONE].relationship.scopes
    clients = [world.client(number) for number in range(SINGLES + 1, SINGLES + 1 + GROUP)]
    return [client for client in clients if scopes.scope_of(b"\1" + client.mac) == name]


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
@pytest.mark.parametrize(("off", "bound"), [(False, 1.0), (True, 3.0)])
@pytest.mark.parametrize("delay", [-0.0005, 0.2])
def test_a_patient_client_is_served_as_soon_as_the_other_server_is(
    mode: str, off: bool, bound: float, delay: float
) -> None:
    with World(
        mode=mode, group=GROUP, spare=SPARE, watch=True, probes=True, retry=PATIENT, **TIMERS["default"]
    ) as world:
        world.run(PROBE_LEARNT)
        clients = served_by(world, ONE)
        if delay < 0:
            for client in clients:
                client.join()  # its message is under way
        (world.power_off if off else world.kill)(ONE)
        if delay > 0:
            world.run(delay)
            for client in clients:
                client.join()
        world.run(bound)
        assert world.lives[TWO].state is State.PARTNER_DOWN
        assert all(client.holds for client in clients)
        assert not world.conflicts


def test_a_query_that_was_left_to_the_partner_by_its_subnet_is_answered_too() -> None:
    with World(group=GROUP, watch=True, probes=True, relays=True, retry=PATIENT, **TIMERS["default"]) as world:
        world.configure((ONE,), relayed=())  # the other server looks at the subnets of queries
        world.run(PROBE_LEARNT)
        clients = [world.client(number) for number in range(SINGLES + 1, SINGLES + 1 + GROUP)]
        client = next(each for each in clients if not each.relayed)
        world.kill(ONE)
        client.join()
        world.run(1.0)
        assert client.holds


@pytest.mark.parametrize("lacks", [False, True])
@pytest.mark.parametrize("phase", [0.0, 0.2, 0.4, 0.6, 0.8])
def test_in_load_balancing_a_client_of_a_server_that_is_gone_waits_for_less_than_a_second(
    phase: float, lacks: bool
) -> None:
    timers = TIMERS["default"]
    with World(
        mode="load-balancing", group=GROUP, spare=SPARE, watch=True, probes=True, relays=lacks, retry=PATIENT, **timers
    ) as world:
        if lacks:
            world.configure((ONE,), relayed=())  # the other server looks at the subnets of queries
        world.run(PROBE_LEARNT + 2.0 + phase)
        client = next(each for each in served_by(world, ONE) if not each.relayed)
        world.power_off(ONE)
        world.run(0.05)
        client.join()
        world.run(0.85)
        assert client.holds


@pytest.mark.parametrize("fault", ["kill", "power_off", "pause"])
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_a_client_that_holds_an_offer_of_a_dead_server_gets_an_ack_without_asking_again(mode: str, fault: str) -> None:
    with World(
        mode=mode, group=GROUP, spare=SPARE, watch=True, probes=True, retry=PATIENT, **TIMERS["default"]
    ) as world:
        world.run(PROBE_LEARNT)
        clients = served_by(world, ONE)
        offers = offers_to(world, clients)
        world.pause(ONE, 100.0) if fault == "pause" else getattr(world, fault)(ONE)
        for client in clients:
            client.accept()
        world.run({"kill": 1.0, "power_off": 3.0, "pause": 4.0}[fault] if mode == "hot-standby" else 1.0)
        assert {client.number: client.address for client in clients} == offers
        assert not world.conflicts


def offers_to(world: World, clients: list[Client]) -> dict[int, int]:
    """Let clients get offers that they do not accept yet; the addresses."""
    for client in clients:
        client.hesitate()
    world.run(0.1)
    assert all(client.offered for client in clients)
    return {client.number: client.offered for client in clients}


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_a_client_that_holds_an_offer_of_the_server_that_has_left_gets_an_ack(mode: str) -> None:
    with World(mode=mode, group=GROUP, spare=SPARE, watch=True, probes=True, retry=1.0, **TIMERS["default"]) as world:
        world.run(PROBE_LEARNT)
        world.kill(ONE)
        world.run(PROBE_LEARNT)
        assert world.lives[TWO].state is State.PARTNER_DOWN
        clients = served_by(world, ONE)
        offers = offers_to(world, clients)
        world.boot(ONE)
        world.run(PROBE_LEARNT)
        assert world.lives[ONE].relationship.serves and world.lives[TWO].state is not State.PARTNER_DOWN
        for client in clients:
            client.accept()
        world.run(0.1)
        assert {client.number: client.address for client in clients} == offers
