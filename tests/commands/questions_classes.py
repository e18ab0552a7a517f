"""What a real Kea was asked about client classes."""

from __future__ import annotations

from typing import Any

from tests.commands import questions
from tests.commands.questions import ask

NEW: dict[str, Any] = {"name": "horses", "test": "option[60].text == 'horse'"}
WRONG: list[Any] = [None, {}, [], 1, "x", {"bogus": 1}]


def configuration() -> dict[str, Any]:
    """The Dhcp4 map: classes that refer to each other, and a subnet for one of them."""
    tree = questions.configuration(False)
    tree["hooks-libraries"] = [{"library": "libdhcp_class_cmds.so"}]
    tree["client-classes"] = [
        {"name": "cats", "test": "option[60].text == 'cat'",
         "option-data": [{"name": "domain-name", "data": "cats.example."}]},
        {"name": "kittens", "test": "member('cats') and option[93].exists", "valid-lifetime": 600},
        {"name": "guests", "test": "member('KNOWN')", "next-server": "10.0.0.9", "user-context": {"a": 1}},
        {"name": "fish"},
    ]  # fmt: skip
    tree["subnet4"] = [tree["subnet4"][0], tree["subnet4"][1] | {"client-classes": ["fish"]}]
    return tree


def named(**more: Any) -> dict[str, Any]:
    """A class to add; None leaves a key out."""
    row = {**NEW, **{key.replace("_", "-"): value for key, value in more.items()}}
    return {key: value for key, value in row.items() if value is not None}


def wrong(command: str, *items: Any) -> list[Any]:
    """A command with arguments of every wrong shape, and with lists that are not of one."""
    lists: list[Any] = [[], {}, 1, [1], [{}], [dict(NEW), dict(NEW)], *([item] for item in items)]
    asked = [ask(command, arguments) for arguments in WRONG]
    asked += [ask(command, {"client-classes": value}) for value in lists]
    return [*asked, ask(command, {"client-classes": [NEW | {"name": "odd"}], "bogus": 1})]


def add(**more: Any) -> Any:
    """A class-add."""
    return ask("class-add", {"client-classes": [named(**more)]})


def update(**more: Any) -> Any:
    """A class-update."""
    return ask("class-update", {"client-classes": [named(**more)]})


def get(name: str) -> Any:
    """A class-get."""
    return ask("class-get", {"name": name})


CLASSES: list[Any] = [
    ask("list-commands"),
    ask("class-list"),
    ask("class-list", {"a": 1}),
    ask("class-list", []),
    *(ask("class-get", arguments) for arguments in WRONG),
    ask("class-get", {"name": 1}), ask("class-get", {"name": "none"}), ask("class-get", {"name": ""}),
    ask("class-get", {"name": "cats", "bogus": 1}),
    get("cats"), get("kittens"), get("guests"), get("fish"), get("ALL"), get("KNOWN"),
    *wrong("class-add", named(name=None), named(name=1), named(name=""), named(bogus=1), named(test=1),
           named(test="option[60].text =="), named(test="member('none')"), named(name="cats"),
           named(name="KNOWN"), named(valid_lifetime="x"), named(next_server="x"),
           named(option_data=[{"name": "bogus", "data": "1"}]),
           named(option_data=[{"name": "routers", "data": "x"}]), named(option_data=1),
           named(boot_file_name="x" * 129), named(only_in_additional_list=1),
           named(min_valid_lifetime=100, valid_lifetime=50), named(template_test="option[60].text")),
    add(),
    add(),
    get("horses"),
    ask("class-list"),
    add(name="foals", test="member('horses')", min_valid_lifetime=100, valid_lifetime=200,
        max_valid_lifetime=300, boot_file_name="foal.bin", server_hostname="stable", next_server="10.0.0.3",
        option_data=[{"name": "routers", "data": "10.0.0.1"}], user_context={"age": 1}),
    get("foals"),
    add(name="donkeys", test=None, only_in_additional_list=True),
    get("donkeys"),
    add(name="mules", test=None, template_test="option[60].text"),
    get("mules"),
    add(name="own", option_def=[{"name": "magic", "code": 230, "type": "uint16"}],
        option_data=[{"name": "magic", "data": "7"}]),
    get("own"),
    add(name="BOOTP", test=None), get("BOOTP"),
    add(name="ALL", test=None),
    add(name="DROP", test="option[60].text == 'goat'"), get("DROP"),
    add(name="VENDOR_CLASS_x", test=None),
    add(name="HA_server1", test="option[60].text == 'goat'"),
    add(name="old", test=None, only_if_required=True), get("old"),
    ask("class-list"),
    *wrong("class-update", named(name=None), named(name=1), named(name="none"), named(bogus=1),
           named(test="option[60].text =="), named(test="member('none')"), named(test="member('foals')"),
           named(valid_lifetime="x"), named(next_server="x"),
           named(option_data=[{"name": "routers", "data": "x"}])),
    ask("class-list"),
    get("horses"),
    update(test="option[60].text == 'pony'", valid_lifetime=1000),
    get("horses"),
    ask("class-list"),
    update(test=None),
    get("horses"),
    # whether a class waits for the reservations must stay as it is for those that refer to it
    update(name="cats", test="member('KNOWN')"),
    get("cats"),
    update(name="horses", test="member('KNOWN')"),
    update(name="guests", test="option[60].text == 'guest'"),
    get("guests"),
    update(name="kittens", test="member('KNOWN')"),
    get("kittens"),
    ask("class-list"),
    *(ask("class-del", arguments) for arguments in WRONG),
    ask("class-del", {"name": 1}), ask("class-del", {"name": "none"}), ask("class-del", {"name": ""}),
    ask("class-del", {"name": "foals", "bogus": 1}),
    ask("class-del", {"name": "KNOWN"}),
    ask("class-del", {"name": "cats"}),
    ask("class-del", {"name": "fish"}),
    ask("class-del", {"name": "horses"}),
    ask("class-del", {"name": "foals"}),
    ask("class-del", {"name": "foals"}),
    ask("class-del", {"name": "horses"}),
    ask("class-del", {"name": "kittens"}),
    ask("class-del", {"name": "cats"}),
    ask("class-del", {"name": "mules"}),
    ask("class-del", {"name": "own"}),
    ask("class-del", {"name": "BOOTP"}),
    ask("class-del", {"name": "DROP"}),
    ask("class-list"),
    *(ask("class-del", {"name": name}) for name in ("guests", "donkeys", "old", "VENDOR_CLASS_x",
                                                  "HA_server1", "ALL")),
    ask("class-list"),
    # what Kea 3.0 takes in a configuration, but not here, and the other way round
    add(name="commented", comment="young"),
    add(name="offered", offer_lifetime=10),
    add(name="negative", valid_lifetime=-1),
]  # fmt: skip

GROUPS = {"classes": CLASSES}
