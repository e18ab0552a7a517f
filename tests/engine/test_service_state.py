"""The origins that switch the service off, and its return."""

from __future__ import annotations

import pytest

from kea_twisted.engine.service_state import HA_LOCAL, HA_PARTNER, ServiceState


def test_the_service_is_on_while_nobody_has_it_off():
    state = ServiceState()
    state.disable("user")
    state.disable(HA_LOCAL + 1)
    state.enable("user")
    assert not state.enabled
    state.enable(HA_LOCAL + 1)
    assert state.enabled


def test_a_veto_can_end_by_itself():
    state = ServiceState()
    state.disable("ha-partner", until=100.0)
    state.disable("user", until=50.0)
    assert state.deadline == 50.0
    state.expire(50.0)
    assert (state.enabled, state.origins, state.deadline) == (False, {HA_PARTNER}, 100.0)
    state.expire(100.0)
    assert (state.enabled, state.deadline) == (True, None)


def test_a_later_veto_of_the_same_origin_replaces_the_earlier():
    state = ServiceState()
    state.disable("ha-partner", until=50.0)
    state.disable("ha-partner", until=90.0)
    state.expire(60.0)
    assert not state.enabled


def test_it_is_described_as_status_get_shows_it():
    state = ServiceState()
    state.disable("user")
    state.disable(HA_LOCAL + 2)
    state.disable(HA_PARTNER + 2)
    assert state.describe() == {
        "disabled-by-db-connection": [],
        "disabled-by-local-command": [1002],
        "disabled-by-remote-command": [2002],
        "disabled-by-user": True,
        "globally-disabled": True,
    }


@pytest.mark.parametrize("origin", ["nobody", 0, 3000])
def test_other_origins_do_not_exist(origin):
    with pytest.raises(ValueError, match="invalid value"):
        ServiceState().disable(origin)
