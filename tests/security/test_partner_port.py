"""The port for the HA partner, to which any host can connect: commands accepted without credentials."""

from __future__ import annotations

import pytest

from kea_twisted.libraries.commands import COMMANDS
from tests.adapters.control.test_http_access import asked, wire
from tests.adapters.control.test_httpchannel import status_of
from tests.commands.answers import PARTNER_MAY

HARMFUL = ("config-", "class-", "network4-", "reservation-", "lease4-write", "shutdown", "interface-", "kea-lfc")


def test_a_partner_changes_leases_and_the_relationship_and_nothing_else() -> None:
    assert not [name for name in PARTNER_MAY if name.startswith(HARMFUL)]
    assert not [name for name in PARTNER_MAY if name.startswith("subnet4-")]


@pytest.mark.parametrize("name", sorted({row.name for row in COMMANDS} - PARTNER_MAY))
def test_other_commands_are_forbidden_there(name: str) -> None:
    policy = wire(PARTNER_MAY.__contains__, None)
    assert status_of(policy.send(asked(name))) == 403
