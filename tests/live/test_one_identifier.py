"""A pair with one server identifier: the server in charge answers clients of the other one."""

from __future__ import annotations

from pathlib import Path

import pytest

from .bootp import ACK, mac_of
from .hosts import Lan
from .pairs import Pair


@pytest.mark.live
@pytest.mark.parametrize("shared", [True, False])
def test_a_request_that_names_the_dead_server(lan: Lan, tmp_path: Path, shared: bool) -> None:
    """The client chose the offer of the server that has died since; without the option it gets no answer."""
    pair = Pair(lan, tmp_path, ("ours", "ours"), "hot-standby", user_context={"one-server-identifier": shared})
    pair.start()
    offer = pair.clients.discover(mac_of(1))
    assert offer is not None and offer.server == "10.0.0.1"
    pair.servers[0].kill()
    pair.wait_state(1, "partner-down")
    reply = pair.clients.request_once(mac_of(1), offer)
    assert (reply is not None and reply.kind == ACK) == shared
    pair.end()
