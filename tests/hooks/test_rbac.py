"""Roles: which commands each accepts, faults of the parameters, and the definitions of commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.hooklibraries.rbac import MAX_FILES, RoleBasedAccess, read_folder
from kea_twisted.commands.envelope import answer
from kea_twisted.errors import Problems
from kea_twisted.libraries import commands
from kea_twisted.libraries.rbac.definitions import own_definitions, stands_for
from kea_twisted.libraries.rbac.roles import Rules

BASE: dict[str, Any] = {"assign-role-method": "remote-address"}
CONFIG = {"commands": ["config-get"]}
NOT_CONFIG = {"not": CONFIG}


def read(**parameters: Any) -> tuple[Rules, list[str]]:
    """The rules of parameters, and the texts of their faults."""
    problems = Problems()
    rules = RoleBasedAccess.rules(
        {**BASE, **{key.replace("_", "-"): each for key, each in parameters.items()}}, problems
    )
    return rules, [each.text for each in problems.errors]


def accepted(role: dict[str, Any], *names: str, **parameters: Any) -> list[str]:
    """Those of some commands that a role accepts."""
    rules, faults = read(roles=[{"name": "x", **role}], **parameters)
    assert not faults
    return [name for name in names if rules.role("x").accepts(name)]


NAMES = ("config-get", "config-set", "lease4-get", "subnet4-add", "no-such-command")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ({}, []),
        ({"other-commands": "accept"}, list(NAMES)),
        ({"accept-commands": "ALL"}, list(NAMES)),
        ({"accept-commands": "NONE"}, []),
        ({"accept-commands": "READ"}, ["config-get", "lease4-get"]),
        ({"accept-commands": "WRITE"}, ["config-set", "subnet4-add"]),
        ({"accept-commands": {"access": "read"}}, ["config-get", "lease4-get"]),
        ({"accept-commands": {"hook": "lease_cmds"}}, ["lease4-get"]),
        ({"accept-commands": {"hook": ""}}, ["config-get", "config-set"]),
        ({"accept-commands": {"command": ["config-set"]}}, ["config-set"]),
        ({"accept-commands": {"or": [{"hook": "subnet_cmds"}, CONFIG]}}, ["config-get", "subnet4-add"]),
        # the four ways of Kea's manual to accept all reading but of the configuration
        ({"accept-commands": {"and": ["READ", NOT_CONFIG]}, "reject-commands": "ALL"}, ["lease4-get"]),
        ({"accept-commands": {"and": ["READ", NOT_CONFIG]}, "other-commands": "reject"}, ["lease4-get"]),
        (
            {"reject-commands": {"or": ["WRITE", {"commands": ["config-get"]}]}, "other-commands": "accept"},
            ["lease4-get"],
        ),
        (
            {"accept-commands": "READ", "reject-commands": {"commands": ["config-get"]}, "list-match-first": "reject"},
            ["lease4-get"],
        ),
        ({"accept-commands": "READ", "reject-commands": {"commands": ["config-get"]}}, ["config-get", "lease4-get"]),
    ],
)  # fmt: skip
def test_a_role_accepts_what_its_lists_say(role: dict[str, Any], expected: list[str]) -> None:
    assert accepted(role, *NAMES) == expected


UNDEFINED = "my-hook-wipe"


@pytest.mark.parametrize(
    ("role", "is_accepted"),
    [
        ({"reject-commands": "WRITE", "other-commands": "accept"}, False),
        ({"reject-commands": {"access": "write"}, "other-commands": "accept"}, False),
        ({"accept-commands": {"not": "WRITE"}}, False),
        ({"accept-commands": {"or": [{"not": "READ"}, CONFIG]}}, False),
        ({"accept-commands": {"and": ["ALL", {"not": {"not": {"not": "WRITE"}}}]}}, False),
        ({"accept-commands": "mine"}, False),
        ({"accept-commands": "ALL", "reject-commands": "WRITE"}, False),
        ({"accept-commands": "ALL", "reject-commands": CONFIG}, True),
        ({"accept-commands": NOT_CONFIG}, True),
        ({"reject-commands": {"hook": "lease_cmds"}, "other-commands": "accept"}, True),
    ],
)
def test_lists_by_access_reject_commands_without_a_definition(role: dict[str, Any], is_accepted: bool) -> None:
    lists = [{"mine": {"not": "WRITE"}}]
    assert accepted(role, UNDEFINED, access_control_lists=lists) == ([UNDEFINED] if is_accepted else [])
    defined = [{"name": UNDEFINED, "access": "read", "hook": "my"}]
    if not role.get("accept-commands") or role["accept-commands"] == "mine":
        assert accepted(role, UNDEFINED, access_control_lists=lists, commands=defined) == [UNDEFINED]


def test_a_command_whose_description_was_removed_is_rejected_by_access(tmp_path: Path) -> None:
    (tmp_path / "config-get.json").write_text(json.dumps({"name": "config-get", "access": "read"}))
    role = {"reject-commands": "WRITE", "other-commands": "accept"}
    assert accepted(role, "config-get", "config-set", api_files=str(tmp_path)) == ["config-get"]


def test_our_commands_that_show_leases_are_those_of_the_lease_commands() -> None:
    ours = ("explain", "leases-search", "lease4-bulk-apply")
    no_leases = {"accept-commands": "ALL", "reject-commands": {"hook": "lease_cmds"}, "list-match-first": "reject"}
    assert accepted(no_leases, *ours, "config-get") == ["config-get"]
    assert accepted({"accept-commands": {"hook": ""}}, *ours) == []
    leases = {"accept-commands": {"or": [{"hook": "lease_cmds"}, {"hook": "host_cmds"}]}}
    assert accepted(leases, *ours) == list(ours)


@pytest.mark.parametrize(("ours", "kea"), [(ours, kea) for ours in sorted(commands.OURS) for kea in stands_for(ours)])
def test_who_may_not_send_a_command_may_not_send_what_stands_for_it(ours: str, kea: str) -> None:
    without: dict[str, Any] = {"accept-commands": {"not": {"commands": [kea]}}}
    assert accepted({"accept-commands": "ALL"}, ours) == [ours] and accepted(without, ours) == []
    rejected = {"reject-commands": {"commands": [kea]}, "other-commands": "accept"}
    assert accepted(rejected, ours) == []
    named = {"accept-commands": {"commands": [ours]}, "reject-commands": {"commands": [kea]}}
    assert accepted(named, ours) == [ours]


def test_the_manuals_readers_without_the_configuration_see_none_of_it() -> None:
    role = {"accept-commands": {"and": ["READ", NOT_CONFIG]}}
    assert accepted(role, "config-diff", "picture-get", "leases-search", "explain") == ["leases-search", "explain"]


def test_a_folder_of_kea_leaves_our_commands_defined(tmp_path: Path) -> None:
    for name, hook in (("lease4-get-all", "lease_cmds"), ("config-get", "")):
        (tmp_path / f"{name}.json").write_text(json.dumps({"name": name, "access": "read", "hook": hook}))
    names = ("lease4-get-all", "leases-search", "config-diff")
    folder = {"api_files": str(tmp_path)}
    assert accepted({"accept-commands": "READ"}, *names, **folder) == list(names)
    no_leases = {"accept-commands": {"not": {"hook": "lease_cmds"}}}
    assert accepted(no_leases, *names, **folder) == ["config-diff"]
    (tmp_path / "config-diff.json").write_text(json.dumps({"name": "config-diff", "access": "write"}))
    assert accepted({"accept-commands": "READ"}, *names, **folder) == list(names[:2])


def test_named_lists_refer_to_those_before_them() -> None:
    lists = [{"mine": {"hook": "subnet_cmds"}}, {"rest": {"not": "mine"}}]
    assert accepted({"accept-commands": "rest"}, "subnet4-add", "config-get", access_control_lists=lists) == [
        "config-get"
    ]


def test_further_commands_have_the_rights_that_they_are_given() -> None:
    more = [{"name": "my-command", "access": "read", "hook": "my"}, {"name": "config-get", "access": "write"}]
    assert accepted({"accept-commands": "READ"}, "my-command", "config-get", commands=more) == ["my-command"]
    assert accepted({"accept-commands": {"hook": "my"}}, "my-command", "config-get", commands=more) == ["my-command"]


def test_requests_without_a_role_and_with_an_unknown_one_have_rules_of_their_own() -> None:
    rules, _ = read(default_role={"accept-commands": "READ"}, unknown_role={"accept-commands": "WRITE"})
    assert rules.role("").accepts("config-get") and not rules.role("").accepts("config-set")
    assert rules.role("other").accepts("config-set") and not rules.role("other").accepts("config-get")
    assert not read()[0].role("").accepts("list-commands") and not read()[0].role("x").accepts("list-commands")


def test_tls_is_needed_where_certificates_name_the_role() -> None:
    found = {(way, more): read(assign_role_method=way, **dict(more))[0].needs_tls
             for way in ("cert-subject", "remote-address") for more in ((), (("require_tls", True),))}  # fmt: skip
    assert list(found.values()) == [True, True, False, True]
    assert not read(assign_role_method="cert-issuer", require_tls=False)[0].needs_tls


def test_the_list_of_commands_is_filtered_where_the_role_says_so() -> None:
    names = answer(0, None, ["config-get", "config-set"])
    role = {"name": "x", "accept-commands": "READ"}
    plain, filtered = (
        read(roles=[{**role, **more}])[0].role("x") for more in ({}, {"response-filters": ["list-commands"]})
    )
    assert plain.filtered("list-commands", names) == names
    assert filtered.filtered("list-commands", names) == {"result": 0, "arguments": ["config-get"]}
    assert filtered.filtered("config-get", names) == names


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"assign_role_method": "mood"}, "unknown 'assign-role-method' 'mood'"),
        ({"assign_role_method": "custom-value"}, "'custom-value' is not supported"),
        ({"api_files": "/no/such/folder"}, "cannot be read: No such file"),
        ({"commands": [{"name": "x"}]}, "'access' of command 'x' must be"),
        ({"commands": [{"access": "read"}]}, "needs a 'name'"),
        ({"access_control_lists": [{"a": "ALL", "b": "ALL"}]}, "a map with a single name"),
        ({"access_control_lists": [{"ALL": "NONE"}]}, "access list 'ALL' is defined twice"),
        ({"access_control_lists": [{"a": "b"}, {"b": "ALL"}]}, "access list 'b' is not defined"),
        ({"roles": [{}]}, "a map with a 'name'"),
        ({"roles": [{"name": "a"}, {"name": "a"}]}, "role 'a' is defined twice"),
        ({"roles": [{"name": "a", "accept": "ALL"}]}, "unknown keyword 'accept' of a role"),
        ({"roles": [{"name": "a", "accept-commands": {"commands": ["confg-get"]}}]}, "'confg-get' is not defined"),
        ({"roles": [{"name": "a", "accept-commands": {"hook": 1}}]}, "'hook' of an access list must be a string"),
        ({"roles": [{"name": "a", "accept-commands": {"xor": []}}]}, "unknown type 'xor' of an access list"),
        ({"roles": [{"name": "a", "accept-commands": {"and": "ALL"}}]}, "must be a list of access lists"),
        ({"roles": [{"name": "a", "other-commands": "maybe"}]}, "must be 'accept' or 'reject'"),
        ({"roles": [{"name": "a", "response-filters": ["x"]}]}, "'response-filters' must be a list of filters"),
        ({"default_role": {"name": "a"}}, "unknown keyword 'name' of a role"),
    ],
)  # fmt: skip
def test_faults_are_named(parameters: dict[str, Any], text: str) -> None:
    [fault] = read(**parameters)[1]
    assert text in fault


def test_nested_lists_have_a_limit() -> None:
    deep: Any = "ALL"
    for _ in range(40):
        deep = {"not": deep}
    assert "nested deeper" in read(access_control_lists=[{"a": deep}])[1][0]


def test_every_command_is_defined() -> None:
    own = own_definitions()
    assert {row.name for row in commands.COMMANDS} == set(own)
    assert own["cache-get"] == ("read", "host_cache") and own["config-test"] == ("write", "")
    assert own["ha-heartbeat"].hook == "high_availability" and own["perfmon-control"].hook == "perfmon"


def test_a_folder_of_descriptions_takes_the_place_of_the_built_in_ones(tmp_path: Path) -> None:
    for name, access in (("config-get", "read"), ("status-get", "write")):
        (tmp_path / f"{name}.json").write_text(json.dumps({"name": name, "access": access, "brief": ["…"]}))
    (tmp_path / "README").write_text("not a description")
    role = {"accept-commands": "READ"}
    assert accepted(role, "config-get", "status-get", "lease4-get", api_files=str(tmp_path)) == ["config-get"]
    (tmp_path / "broken.json").write_text('{"name": "x"}')
    with pytest.raises(ValueError, match="broken.json in .* is no command description"):
        read_folder(str(tmp_path))
    assert len(own_definitions()) < MAX_FILES
