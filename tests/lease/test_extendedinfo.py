"""The relay's options in user contexts: forms, checks and what is found by them."""

from __future__ import annotations

import pytest

from kea_twisted.lease.context import context_text
from kea_twisted.lease.extendedinfo import AgentIds, agent_ids, agent_options, checked, stored_form

PACKED = "0x0203616263 0C02 7879".replace(" ", "")
INFO = {"sub-options": PACKED, "remote-id": "616263", "relay-id": "7879"}


def context(info, **more):
    """A user context with this in the place of the relay's options."""
    return context_text({"ISC": {"relay-agent-info": info, **more}})


def test_what_is_stored_is_found_again():
    stored = context(stored_form({12: b"xy", 2: b"abc"}))
    assert stored == context(INFO)
    assert agent_ids(stored) == AgentIds(b"xy", b"abc")
    assert agent_options(stored) == bytes.fromhex(PACKED[2:])


@pytest.mark.parametrize("found", ["", "{}", '{ "ISC": 5 }', '{ "ISC": { "relay-agent-info": 5 } }', context({}),
                                   context({"relay-id": "x", "remote-id": 7})])  # fmt: skip
def test_what_cannot_be_read_counts_as_none(found):
    assert agent_ids(found) == AgentIds(b"", b"")


def test_options_that_cannot_be_read_are_an_error():
    with pytest.raises(ValueError):
        agent_options(context({"sub-options": "0xq"}))


@pytest.mark.parametrize("mode", ["fix", "strict", "pedantic"])
def test_the_form_of_an_older_kea_becomes_todays(mode):
    found = checked(context(PACKED), mode)
    assert (found.context, found.fault, found.upgraded) == (context(INFO), "", True)


def test_without_checks_nothing_changes():
    for text in (context(PACKED), context(5), '{ "ISC": 5 }', "{  }"):
        assert checked(text, "none").context == text


@pytest.mark.parametrize(
    ("before", "mode", "after", "fault"),
    [
        ("{  }", "fix", "", ""),
        ('{ "ISC": {  } }', "fix", "", ""),
        ('{ "ISC": {  }, "mine": 1 }', "fix", '{ "mine": 1 }', ""),
        ('{ "ISC": 5 }', "fix", "", "in isc a problem was found: ISC entry is not a map"),
        ("[ 1 ]", "fix", "", "in user context a problem was found: user context is not a map"),
        (context(5), "fix", "", "in relay-agent-info a problem was found: relay-agent-info is not a map or a string"),
        (context(5, other=1), "fix", '{ "ISC": { "other": 1 } }', "in relay-agent-info a problem"),
        (context("0xq"), "fix", "", "in rai a problem was found"),
        (context({"sub-options": 5}), "fix", None, ""),
        (context({"sub-options": 5}), "strict", "", "in sub-options a problem was found: sub-options is not a string"),
        (context({"remote-id": ""}), "strict", "", "in remote-id a problem was found: remote-id is empty"),
        (context({"relay-id": "0q"}), "strict", "", "in relay-id a problem was found"),
        (context({**INFO, "mine": 1}), "strict", None, ""),
        (context({**INFO, "mine": 1}), "pedantic", "", "spurious 'mine' entry in relay-agent-info"),
        (context({**INFO, "comment": "x"}), "pedantic", None, ""),
    ],
)
def test_what_a_mode_does_not_allow_is_removed(before, mode, after, fault):
    found = checked(before, mode)
    assert found.context == (before if after is None else after)
    assert fault in found.fault
    assert bool(found.fault) == bool(fault)
