"""Configurations whose classes say what options 43 and 224 to 254 mean, and the clients that come to them."""

from __future__ import annotations

from typing import Any

from .reserved import config, habits, subnet

JsonMap = dict[str, Any]
_SENT = (b"\x01\x03abc", b"\x01\x04\x0a\x00\x00\x05\x02\x01\x07", b"\x07\x09x", b"", b"\0\0\0\x4d", b"\x02\x03xyz\xff")
CLIENTS = habits(
    extras=tuple(
        ((60, vendor), *more)
        for vendor in (b"APC", b"PXEClient:Arch", b"other")
        for more in ((), *(((43, data),) for data in _SENT), ((231, b"\0\x07"),), ((231, b"\x01"),))
    ),
    wishes=(b"\x2b", b"\x01\x03\x2b\xe7", b"\x01\x03", bytes(range(1, 255))),
)


def definition(code: int, kind: str, name: str = "", **more: Any) -> JsonMap:
    """An entry of option-def."""
    return {"name": name or f"o{code}", "code": code, "type": kind, **more}


def option(name: str, data: str = "", **more: Any) -> JsonMap:
    """An entry of option-data; without data there is none."""
    made = {"name": name, **{key.replace("_", "-"): value for key, value in more.items()}}
    return {**made, "data": data} if data else made


_43 = "vendor-encapsulated-options"
_SPACES = [
    definition(1, "string", "cookie", space="APC"),
    definition(1, "ipv4-address", "mtftp", space="PXE"),
    definition(2, "uint8", "port", space="PXE"),
]


def vendor(name: str, start: str, kind: str = "empty", *options: JsonMap, **more: Any) -> JsonMap:
    """A class by the vendor's name with its own definition of 43."""
    return {
        "name": name,
        "test": f"substring(option[60].hex, 0, {len(start)}) == '{start}'",
        "option-def": [definition(43, kind, _43, **more)],
        "option-data": list(options),
    }


_APC = vendor("apc", "APC", "empty", option(_43), option("cookie", "1APC", space="APC"), encapsulate="APC")
_PXE = vendor(
    "pxe", "PXE", "empty", option(_43), option("mtftp", "10.0.0.9", space="PXE"), option("port", "7", space="PXE"),
    encapsulate="PXE",
)  # fmt: skip


def seen(number: int, test: str) -> JsonMap:
    """A class that is told after the definitions are known, and shows itself in the reply."""
    return {
        "name": f"seen-{number}",
        "test": f"(member('KNOWN') or member('UNKNOWN')) and {test}",
        "option-data": [{"code": 180 + number, "csv-format": False, "data": "01", "always-send": True}],
    }


_LOOKS = (
    seen(1, "option[43].exists"),
    seen(2, "option[43].option[1].exists"),
    seen(3, "option[43].option[1].hex == 'abc'"),
    seen(4, "option[43].option[1].text == 'abc'"),
    seen(5, "option[43].option[2].hex == 0x07"),
    seen(6, "substring(option[43].text, 0, 4) == 'type'"),
    seen(7, "option[43].text == ''"),
    seen(8, "option[231].text == 'type=231, len=002: 7 (uint16)'"),
    seen(9, "option[231].hex == 0x0007"),
    seen(10, "option[43].hex == 0x0103616263"),
    seen(11, "option[43].hex == ''"),
    seen(12, "option[231].hex == 0x01"),
)
_GLOBAL = {"option_data": [{"code": 3, "data": "10.0.0.1"}, option(_43)]}


def made(*classes: JsonMap, **more: Any) -> JsonMap:
    """One subnet, these classes."""
    return config(subnet(1), client_classes=list(classes), option_def=_SPACES, **more)


SCENES: dict[str, JsonMap] = {
    "two vendors": made(_APC, _PXE),
    "also without a class": made(_APC, _PXE, **_GLOBAL),
    "43 not listed": made({**_APC, "option-data": _APC["option-data"][1:]}, _PXE),
    "43 by the class, values from outside": made(
        {**_APC, "option-data": [option(_43)]}, option_data=[option("cookie", "out", space="APC")]
    ),
    "values by the class, 43 from outside": made(
        {"name": "apc", "test": "option[60].hex == 'APC'", "option-data": [option("cookie", "in", space="APC")]},
        **_GLOBAL,
    ),
    "a number": made(
        vendor("apc", "APC", "uint32", option(_43, "77")), vendor("pxe", "PXE", "string", option(_43, "t"))
    ),
    "a number with more": made(
        vendor("apc", "APC", "uint8", option(_43, "9"), option("cookie", "z", space="APC"), encapsulate="APC"),
        vendor("pxe", "PXE", "binary", option(_43, "0a0b")),
    ),
    "another of 231": made(
        {"name": "a", "test": "option[60].hex == 'APC'", "option-def": [definition(231, "uint16")],
         "option-data": [option("o231", "5")]},
        {"name": "b", "test": "option[60].exists", "option-def": [definition(231, "ipv4-address", "other", array=True)],
         "option-data": [option("other", "10.0.0.1, 10.0.0.2", always_send=True)]},
    ),
    "looked into": made(_APC, _PXE, *_LOOKS),
    "looked into, a number": made(vendor("apc", "APC", "uint32"), vendor("pxe", "PXE", "binary"), *_LOOKS),
    "looked into, a text": made(vendor("apc", "APC", "string"), vendor("pxe", "PXE", "ipv4-address"), *_LOOKS),
    "looked into, 231": made(
        {"name": "a", "test": "option[60].hex == 'APC'", "option-def": [definition(231, "uint16")]}, *_LOOKS
    ),
    "looked into, of several": made(
        {**_PXE, "name": "first", "test": "option[60].exists"}, _APC, *_LOOKS
    ),
}  # fmt: skip
