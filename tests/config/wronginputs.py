"""Wrong configurations, each with one mistake that scripts and people search Kea's words for."""

from __future__ import annotations

from typing import Any, Final

_HOOKS: Final = "/usr/lib/x86_64-linux-gnu/kea/hooks"
_CARD: Final = {"hw-address": "00:00:00:00:00:01"}


def _subnet(**more: Any) -> dict[str, Any]:
    return {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", **_dashed(more)}]}


def _dashed(names: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "-"): value for name, value in names.items()}


def _pools(*texts: str) -> dict[str, Any]:
    return _subnet(pools=[{"pool": text} for text in texts])


def _option(**entry: Any) -> dict[str, Any]:
    return {"option-data": [_dashed(entry)]}


def _definition(**entry: Any) -> dict[str, Any]:
    return {"option-def": [{"name": "own", "code": 222, "type": "uint8", **_dashed(entry)}]}


def _class(**entry: Any) -> dict[str, Any]:
    return {"client-classes": [_dashed({"name": "a", **entry})]}


def _socket(**entry: Any) -> dict[str, Any]:
    return {"control-sockets": [_dashed(entry)]}


FILES: Final[dict[str, dict[str, Any]]] = {
    "pool outside": _pools("10.0.1.1-10.0.1.9"),
    "pools overlap": _pools("10.0.0.1-10.0.0.9", "10.0.0.5-10.0.0.20"),
    "pool backwards": _pools("10.0.0.9-10.0.0.1"),
    "pool without end": _pools("10.0.0.9"),
    "pool of letters": _pools("abc-def"),
    "subnet without length": {"subnet4": [{"id": 1, "subnet": "10.0.0.0"}]},
    "subnet too long": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/33"}]},
    "subnet of letters": {"subnet4": [{"id": 1, "subnet": "abc/24"}]},
    "subnet twice": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24"}, {"id": 2, "subnet": "10.0.0.0/24"}]},
    "subnet id twice": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24"}, {"id": 1, "subnet": "10.0.1.0/24"}]},
    "network twice": {"shared-networks": [{"name": "n", "subnet4": []}, {"name": "n", "subnet4": []}]},
    "network without name": {"shared-networks": [{"subnet4": []}]},
    "reservation twice": _subnet(reservations=[{**_CARD, "hostname": "a"}, {**_CARD, "hostname": "b"}]),
    "reserved address twice": _subnet(
        reservations=[{**_CARD, "ip-address": "10.0.0.5"}, {"duid": "01:02:03", "ip-address": "10.0.0.5"}]
    ),
    "reserved outside": _subnet(reservations=[{**_CARD, "ip-address": "10.0.1.5"}]),
    "reservation without identifier": _subnet(reservations=[{"ip-address": "10.0.0.5"}]),
    "reservation with two identifiers": _subnet(reservations=[{**_CARD, "duid": "01:02:03"}]),
    "reserved nothing": _subnet(reservations=[{"hw-address": "xyz"}]),
    "reserved letters": _subnet(reservations=[{**_CARD, "ip-address": "abc"}]),
    "minimum above": {"min-valid-lifetime": 8000, "valid-lifetime": 7200},
    "maximum below": {"max-valid-lifetime": 7000, "valid-lifetime": 7200},
    "t1 above t2": _subnet(t1_percent=0.9, t2_percent=0.8, calculate_tee_times=True),
    "t1 too large": {"t1-percent": 1.5},
    "option unknown": _option(name="nope", data="1"),
    "option without definition": _option(code=222, csv_format=True, data="1"),
    "option not hexadecimal": _option(code=222, csv_format=False, data="xyz"),
    "option of no address": _option(name="routers", data="10.0.0.x"),
    "option code reserved": _option(code=0, csv_format=False, data="01"),
    "option code too large": _option(code=256, csv_format=False, data="01"),
    "option without name": _option(data="1"),
    "option in no space": _option(code=1, space="my space", csv_format=False, data="01"),
    "option name of another code": _option(code=3, name="time-servers", data="10.0.0.1"),
    "definition of a bad type": _definition(type="uint7"),
    "definition twice": {
        "option-def": [{"name": "own", "code": 222, "type": "uint8"}, {"name": "own", "code": 222, "type": "uint8"}]
    },
    "definition of a standard option": _definition(code=3),
    "definition of an array that encapsulates": _definition(array=True, encapsulate="abc"),
    "definition of a bad name": _definition(name="my own"),
    "definition of a record without types": _definition(type="record"),
    "class test word": _class(test="foo"),
    "class test quote": _class(test="'a"),
    "class test end": _class(test="option[1].hex == "),
    "class test comparison": _class(test="option[1].hex = 'a'"),
    "class test word for word": _class(test="option[1].exists and or"),
    "class test code": _class(test="option[300].exists"),
    "class test option": _class(test="option[foo].exists"),
    "class test arguments": _class(test="ifelse('a'=='a','b')"),
    "class test index": _class(test="relay4[].exists"),
    "class test": _class(test="option[12"),
    "class test is text": _class(test="option[12].text"),
    "class not defined": _class(test="member('missing')"),
    "class without name": {"client-classes": [{"test": "'a' == 'a'"}]},
    "class twice": {"client-classes": [{"name": "a"}, {"name": "a"}]},
    "class with two tests": _class(test="'a' == 'a'", template_test="'a'"),
    "class next-server": _class(next_server="tftp"),
    "class server name too long": _class(server_hostname="a" * 65),
    "class boot file too long": _class(boot_file_name="a" * 130),
    "class of a built-in name": {"client-classes": [{"name": "ALL", "test": "'a' == 'a'"}]},
    "interface absent": {"interfaces-config": {"interfaces": ["no-such-nic"]}},
    "interface of a subnet absent": _subnet(interface="no-such-nic"),
    "interface twice": {"interfaces-config": {"interfaces": ["lo", "lo"]}},
    "lease database": {"lease-database": {"type": "oracle"}},
    "lfc-interval": {"lease-database": {"type": "memfile", "lfc-interval": -1}},
    "socket folder": _socket(socket_type="unix", socket_name="/elsewhere/kea.sock"),
    "socket without name": _socket(socket_type="unix"),
    "http address": _socket(socket_type="http", socket_address="abc", socket_port=8000),
    "http port": _socket(socket_type="http", socket_address="127.0.0.1", socket_port=70000),
    "http header": _socket(socket_type="http", socket_port=8000, http_headers=[{"name": "a"}]),
    "http header without name": _socket(
        socket_type="http", socket_port=8000, http_headers=[{"name": "", "value": "x"}]
    ),
    "https without files": _socket(socket_type="https", socket_port=8000),
    "authentication": _socket(socket_type="http", socket_port=8000, authentication={"type": "digest"}),
    "client without password": _socket(
        socket_type="http", socket_port=8000, authentication={"type": "basic", "clients": [{"user": "a:b"}]}
    ),
    "hook folder": {"hooks-libraries": [{"library": "/elsewhere/libdhcp_lease_cmds.so"}]},
    "hook absent": {"hooks-libraries": [{"library": f"{_HOOKS}/libdhcp_nothing.so"}]},
    "log folder": {
        "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "/elsewhere/kea.log"}]}]
    },
    "probation": {"decline-probation-period": -1},
    "ncr-protocol": {"dhcp-ddns": {"enable-updates": True, "ncr-protocol": "TCP"}},
    "updates to nowhere": {"dhcp-ddns": {"enable-updates": True, "server-ip": "abc"}},
    "updates from nowhere": {"dhcp-ddns": {"enable-updates": True, "sender-ip": "abc"}},
    "updates of two families": {"dhcp-ddns": {"enable-updates": True, "sender-ip": "::1"}},
    "updates to oneself": {"dhcp-ddns": {"enable-updates": True, "sender-ip": "127.0.0.1", "sender-port": 53001}},
    "two times to live": {"ddns-ttl": 5, "ddns-ttl-percent": 0.5},
    "time to live with least": _subnet(ddns_ttl=5, ddns_ttl_min=5),
    "time to live with most": _subnet(pools=[{"pool": "10.0.0.1-10.0.0.9", "ddns-ttl": 0, "ddns-ttl-max": 5}]),
    "times to live crossed": {"shared-networks": [{"name": "n", "subnet4": [], "ddns-ttl-min": 9, "ddns-ttl-max": 5}]},
    "times to live of a subnet crossed": _subnet(ddns_ttl_min=9, ddns_ttl_max=5),
    "reclaim": {"expired-leases-processing": {"reclaim-timer-wait-time": -1}},
    "relay": _subnet(relay={"ip-addresses": ["abc"]}),
    "network of two interfaces": {
        "shared-networks": [
            {"name": "n", "interface": "lo", "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "interface": "em1"}]}
        ]
    },
    "hostname-char-set": {"hostname-char-set": "[a"},
    "guard with a missing class": _subnet(client_class="missing"),
    "unknown keyword": {"subnet5": []},
    "unknown keyword in a subnet": _subnet(poools=[]),
    "text for a number": {"valid-lifetime": "7200"},
    "number for a flag": {"authoritative": 1},
    "comment twice": {"comment": "a", "user-context": {"comment": "b"}},
}
