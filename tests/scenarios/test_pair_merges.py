"""Merging the leases of two servers when only one of them knew the latest state of an address."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.pairsteps import Steps, play


def test_an_address_stays_on_probation_as_long_as_a_lease_that_only_a_dead_server_knew() -> None:
    """Its client does not hear that another one, which got the address from the other server, has declined it."""
    steps: Steps = [
        (("cut", ("server2", "server1")), 4.0), (("group", "join", (64, 5), 1), 0.0005), (("one", "release", 2), 0.2),
        (("group", "release", (194, 2)), 0.05), (("one", "release", 2), 0.05), (("one", "release", 4), 0.0015),
        (("group", "reboot", (88, 1)), 0.2), (("group", "join", (153, 300), 3), 0.05), (("off", "server1"), 0.05),
        (("maintenance", "server1"), 4.0), (("group", "reboot", (270, 1)), 0.2), (("group", "decline", (236, 2)), 0.2),
        (("group", "rebind", (64, 5)), 0.2), (("half_deafen", "server1", False), 0.05), (("one", "rebind", 6), 0.05),
        (("group", "join", (216, 1), 0), 0.05), (("one", "decline", 4), 0.0),
    ]  # fmt: skip
    options: dict[str, Any] = {"max_unacked_clients": 2, "group": 200, "sync_page_limit": 37, "offer_lifetime": 20}
    play(steps, mode="hot-standby", seed=6, kea_like=True, watch=True, probes=True, **options)


def test_what_a_client_gets_again_by_a_clock_behind_is_not_ended_by_the_release_before_it() -> None:
    """The server that took the release has a full disk and is replaced at once."""
    steps: Steps = [
        (("one", "decline", 5), 0.2), (("one", "decline", 6), 0.2), (("skew", "server2", -11), 7.0),
        (("refusals", 1, 1), 0.05), (("full", "server1", 0), 0.0015), (("one", "release", 6), 0.05),
    ]  # fmt: skip
    options: dict[str, Any] = {"max_unacked_clients": 0, "group": 300, "offer_lifetime": 20}
    play(steps, mode="load-balancing", seed=5, watch=True, probes=True, relays=True, reserves=True, **options)


def test_what_a_server_out_of_touch_confirms_once_more_is_not_what_an_operator_deletes_at_the_other_one() -> None:
    steps: Steps = [(("part", 8.0), 0.05), (("delete", "server2", 3), 0.05), (("one", "decline", 6), 5.5)]
    play(steps, mode="hot-standby", seed=6, group=8, max_unacked_clients=0, watch=True, probes=True)


def test_a_decline_is_not_what_the_end_of_its_client_s_lease_at_the_other_server_covers() -> None:
    steps: Steps = [
        (("split", 40.0), 20.0), (("one", "decline", 5), 1.0), (("one", "rebind", 5), 1.0),
        (("one", "decline", 5), 1.0), (("one", "rebind", 5), 0.05),
    ]  # fmt: skip
    play(steps, mode="hot-standby", seed=3, group=8, max_unacked_clients=0, watch=False, probes=True)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
@pytest.mark.parametrize("kea_like", [False, True])
def test_what_a_client_renews_by_a_clock_behind_is_not_the_lease_that_it_releases_at_the_other_server(
    mode: str, kea_like: bool
) -> None:
    steps: Steps = [
        (("skew", "server1", 12), 20.0), (("one", "rebind", 3), 0.2), (("split",), 0.0), (("dhcp_cut", True), 0.2),
        (("one", "release", 3), 0.2), (("deafen", "server1", True), 7.0), (("dhcp_cut", False), 0.0), (("mend",), 0.0),
        (("deafen", "server1", False), 4.0),
    ]  # fmt: skip
    play(steps, mode=mode, seed=1, kea_like=kea_like, watch=True, probes=True)
