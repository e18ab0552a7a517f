"""Configurations with options made by expressions (flex-option), and the clients that come to them."""

from __future__ import annotations

from typing import Any

from .reserved import config, habits, subnet

JsonMap = dict[str, Any]
_EXTRAS = (
    ((12, b"alpha"), (60, b"PXEClient")),
    ((12, b"beta"), (93, b"\0\7")),
    ((60, b"docsis3.0"),),
    ((12, b"x" * 200),),
    (),
)
CLIENTS = habits(extras=_EXTRAS, wishes=(bytes(range(1, 255)), b"\x01\x03\x06\x0f\x2b\x7d", b""))
_DATA = [
    {"name": "routers", "data": "10.0.0.77"},
    {"name": "domain-name-servers", "data": "10.0.0.2, 10.0.0.3"},
    {"name": "domain-name", "data": "example.org"},
    {"name": "boot-file-name", "data": "plain"},
    {"name": "sub-text", "space": "vendor-encapsulated-options-space", "data": "abc"},
    {"name": "vendor-encapsulated-options"},
    {"name": "sub-number", "space": "vendor-encapsulated-options-space", "data": "7"},
    {"name": "outer", "data": "9"},
    {"name": "inner", "space": "outside", "data": "within"},
    {"name": "vivso-suboptions", "data": "4491"},
    {"name": "tftp-servers", "space": "vendor-4491", "data": "10.0.0.9"},
]
_DEFINED = [
    {"name": "sub-text", "code": 1, "space": "vendor-encapsulated-options-space", "type": "string"},
    {"name": "sub-number", "code": 2, "space": "vendor-encapsulated-options-space", "type": "uint16"},
    {"name": "outer", "code": 230, "type": "uint8", "encapsulate": "outside"},
    {"name": "inner", "code": 1, "space": "outside", "type": "string"},
    {"name": "count", "code": 2, "space": "outside", "type": "uint32"},
    {"name": "pair", "code": 231, "type": "record", "record-types": "uint8, string"},
]
_PXE = {"name": "pxe", "test": "substring(option[60].hex, 0, 3) == 'PXE'"}
_TRUE = "'a' == 'a'"


def _scene(*options: JsonMap) -> tuple[JsonMap, Any]:
    libraries = [{"library": "libdhcp_flex_option.so", "parameters": {"options": list(options)}}]
    more: JsonMap = {"hooks_libraries": libraries, "option_def": _DEFINED, "client_classes": [_PXE]}
    return config(subnet(1, option_data=_DATA), **more), CLIENTS


def _sub(container: int | str, *rules: JsonMap, **more: Any) -> JsonMap:
    key = "code" if isinstance(container, int) else "name"
    return {key: container, "sub-options": list(rules), **more}


SCENES: dict[str, tuple[JsonMap, Any]] = {
    "options": _scene(
        {"code": 67, "add": "'never'"},
        {"name": "boot-file-name", "supersede": "ifelse(option[93].exists, 'efi', option[12].text)"},
        {"code": 66, "add": "concat(option[12].text, '.boot')"},
        {"code": 6, "remove": "option[12].text == 'alpha'"},
        {"code": 3, "csv-format": True, "client-class": "pxe", "supersede": "'10.0.0.5,10.0.0.6'"},
        {"code": 15, "client-class": "KNOWN", "remove": _TRUE},
        {"code": 42, "csv-format": True, "client-class": "UNKNOWN", "add": "'10.0.0.8, 10.0.0.9'"},
        {"code": 231, "csv-format": True, "add": "'7,a\\,b'"},
        {"code": 234, "add": "pkt4.mac"},
        {"code": 234, "supersede": "ifelse(member('VENDOR_CLASS_docsis3.0'), 0x00ff, '')"},
        {"code": 100, "csv-format": True, "client-class": "ALL", "add": "option[60].text"},
        {"code": 1, "remove": "option[60].text == 'PXEClient'"},
    ),
    "sub-options": _scene(
        _sub(43, {"code": 1, "supersede": "option[12].text"}, {"code": 2, "remove": "option[60].exists"},
             {"code": 3, "add": "0x010203", "client-class": "pxe"}),
        _sub("outer", {"name": "inner", "remove": "option[93].exists"},
             {"name": "count", "csv-format": True, "add": "'65536'"}),
        _sub(125, {"space": "vendor-4491", "code": 2, "remove": "option[12].text == 'beta'"},
             {"space": "vendor-4491", "code": 5, "add": "option[60].hex"}),
        _sub(122, {"code": 6, "csv-format": True, "add": "'realm.example'"}, **{"client-class": "pxe"}),
    ),
    "containers": _scene(
        _sub(43, {"code": 1, "remove": _TRUE}, {"code": 2, "remove": _TRUE, "container-remove": False}),
        _sub(230, {"code": 1, "remove": _TRUE}),
        _sub(122, {"code": 6, "add": "'x'", "container-add": False}),
        _sub(235, {"space": "outside", "code": 1, "add": "option[12].text"},
             {"space": "outside", "code": 2, "add": "'y'"}),
        _sub(125, {"space": "vendor-25506", "code": 1, "supersede": "'other'"}),
    ),
    "a rule that fails": _scene(
        {"code": 42, "csv-format": True, "add": "option[12].text"},
        {"code": 66, "add": "addrtotext(option[12].hex)"},
        {"code": 3, "remove": _TRUE},
        {"code": 150, "add": "'behind'"},
    ),
}  # fmt: skip
