"""THE TABLE of DNS updates: each step with its records, the answers it accepts, and what follows (RFC 4703).

As in Kea (nc_add.cc, nc_remove.cc, check_exists_*.cc, simple_*.cc) a plan for one direction is an ordered list of
steps; another response code than NOERROR either counts as success, leads to another step of the plan, or ends the
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from kea_twisted.ddns.request import (
    ADD,
    CHECK_EXISTS_WITH_DHCID,
    CHECK_WITH_DHCID,
    NO_CHECK_WITH_DHCID,
    NO_CHECK_WITHOUT_DHCID,
    REMOVE,
)
from kea_twisted.events import ddns as D
from kea_twisted.events.event import Event

NOERROR: Final = 0
NXDOMAIN: Final = 3
YXDOMAIN: Final = 6
YXRRSET: Final = 7
NXRRSET: Final = 8

ADDRESS: Final = "address"  # A or AAAA
DHCID: Final = "DHCID"
PTR: Final = "PTR"
ANY: Final = "ANY"


class Reports(NamedTuple):
    """The events of a step that does not succeed."""

    rejected: Event
    timeout: Event
    io_error: Event
    corrupt: Event


class Step(NamedTuple):
    """One update of one name.

    Prerequisites (RFC 2136 section 2.4): the name is ``absent`` or ``present``; record sets that are ``absent_sets``;
    record sets that exist with any data, ``present_sets``, or with the data of the request, ``equal``. Updates
    (section 2.5): record sets to ``delete``, single records to ``delete_records``, records to ``add``.
    """

    comment: str
    reports: Reports
    absent: bool = False
    present: bool = False
    absent_sets: tuple[str, ...] = ()
    present_sets: tuple[str, ...] = ()
    equal: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    delete_records: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    accepted: frozenset[int] = frozenset((NOERROR,))
    turns: Mapping[int, int] = MappingProxyType({})  # by response code: the step of the plan to continue with
    tries_other_servers: bool = True


Plan = tuple[Step, ...]

_FORWARD_ADD: Final = Reports(
    D.DHCP_DDNS_FORWARD_ADD_REJECTED,
    D.DHCP_DDNS_FORWARD_ADD_TIMEOUT,
    D.DHCP_DDNS_FORWARD_ADD_IO_ERROR,
    D.DHCP_DDNS_FORWARD_ADD_RESP_CORRUPT,
)
_FORWARD_REPLACE: Final = Reports(
    D.DHCP_DDNS_FORWARD_REPLACE_REJECTED,
    D.DHCP_DDNS_FORWARD_REPLACE_TIMEOUT,
    D.DHCP_DDNS_FORWARD_REPLACE_IO_ERROR,
    D.DHCP_DDNS_FORWARD_REPLACE_RESP_CORRUPT,
)
_REVERSE_REPLACE: Final = Reports(
    D.DHCP_DDNS_REVERSE_REPLACE_REJECTED,
    D.DHCP_DDNS_REVERSE_REPLACE_TIMEOUT,
    D.DHCP_DDNS_REVERSE_REPLACE_IO_ERROR,
    D.DHCP_DDNS_REVERSE_REPLACE_RESP_CORRUPT,
)
_REMOVE_ADDRS: Final = Reports(
    D.DHCP_DDNS_FORWARD_REMOVE_ADDRS_REJECTED,
    D.DHCP_DDNS_FORWARD_REMOVE_ADDRS_TIMEOUT,
    D.DHCP_DDNS_FORWARD_REMOVE_ADDRS_IO_ERROR,
    D.DHCP_DDNS_FORWARD_REMOVE_ADDRS_RESP_CORRUPT,
)
_REMOVE_RRS: Final = Reports(
    D.DHCP_DDNS_FORWARD_REMOVE_RRS_REJECTED,
    D.DHCP_DDNS_FORWARD_REMOVE_RRS_TIMEOUT,
    D.DHCP_DDNS_FORWARD_REMOVE_RRS_IO_ERROR,
    D.DHCP_DDNS_FORWARD_REMOVE_RRS_RESP_CORRUPT,
)
_REVERSE_REMOVE: Final = Reports(
    D.DHCP_DDNS_REVERSE_REMOVE_REJECTED,
    D.DHCP_DDNS_REVERSE_REMOVE_TIMEOUT,
    D.DHCP_DDNS_REVERSE_REMOVE_IO_ERROR,
    D.DHCP_DDNS_REVERSE_REMOVE_RESP_CORRUPT,
)

_GONE: Final = frozenset((NOERROR, NXRRSET))
_THEN_THE_REST: Final = MappingProxyType({NOERROR: 1, NXRRSET: 1})
_GONE_OR_SHARED: Final = frozenset((NOERROR, NXRRSET, YXRRSET))
"""The name has other addresses: its DHCID stays. Kea 3.3 (its issue 4437); 3.0 gives up, and the PTR stays."""

_BOTH: Final = (ADDRESS, DHCID)

_add: Final = Step("Forward Add", _FORWARD_ADD, absent=True, add=_BOTH, turns=MappingProxyType({YXDOMAIN: 1}))
_replace: Final = Step(
    "Forward Replace", _FORWARD_REPLACE, present=True, equal=(DHCID,), delete=(ADDRESS,), add=(ADDRESS,),
    turns=MappingProxyType({NXDOMAIN: 0}),
)  # fmt: skip
_replace_existing: Final = Step(
    "Forward Replace", _FORWARD_REPLACE, present_sets=(DHCID,), delete=_BOTH, add=_BOTH,
    turns=MappingProxyType({NXDOMAIN: 0}),
)  # fmt: skip
_remove_address: Final = Step(
    "Forward A/AAAA Remove", _REMOVE_ADDRS, equal=(DHCID,), delete_records=(ADDRESS,), turns=_THEN_THE_REST
)
_remove_all: Final = Step(
    "Forward RR Remove", _REMOVE_RRS, equal=(DHCID,), absent_sets=("A", "AAAA"), delete=(ANY,),
    accepted=_GONE_OR_SHARED, tries_other_servers=False,
)  # fmt: skip
_remove_existing_address: Final = Step(
    "Forward A/AAAA Remove", _REMOVE_ADDRS, present_sets=(DHCID,), delete_records=(ADDRESS,), turns=_THEN_THE_REST
)
_remove_dhcid: Final = Step(
    "Forward RR Remove", _REMOVE_RRS, absent_sets=("A", "AAAA"), delete=(DHCID,),
    accepted=_GONE_OR_SHARED, tries_other_servers=False,
)  # fmt: skip

_SIMPLE_ADD: Final = (Step("Forward Add", _FORWARD_ADD, delete=_BOTH, add=_BOTH),)
_BARE_ADD: Final = (Step("Forward Add", _FORWARD_ADD, delete=(ADDRESS,), add=(ADDRESS,)),)
_SIMPLE_REMOVE: Final = (Step("Forward RR Remove", _REMOVE_RRS, delete=_BOTH, accepted=_GONE),)
_BARE_REMOVE: Final = (Step("Forward RR Remove", _REMOVE_RRS, delete=(ADDRESS,), accepted=_GONE),)

_POINTER: Final = (PTR, DHCID)
_POINT: Final = (Step("Reverse Replace", _REVERSE_REPLACE, delete=_POINTER, add=_POINTER),)
_BARE_POINT: Final = (Step("Reverse Replace", _REVERSE_REPLACE, delete=(PTR,), add=(PTR,)),)
_UNPOINT: Final = (Step("Reverse Remove", _REVERSE_REMOVE, equal=(PTR,), delete=(ANY,), accepted=_GONE),)
_SIMPLE_UNPOINT: Final = (Step("Reverse Remove", _REVERSE_REMOVE, delete=_POINTER, accepted=_GONE),)
_BARE_UNPOINT: Final = (Step("Reverse Remove", _REVERSE_REMOVE, delete=(PTR,), accepted=_GONE),)

FORWARD: Final[Mapping[tuple[int, str], Plan]] = {
    (ADD, CHECK_WITH_DHCID): (_add, _replace),
    (ADD, CHECK_EXISTS_WITH_DHCID): (_add, _replace_existing),
    (ADD, NO_CHECK_WITH_DHCID): _SIMPLE_ADD,
    (ADD, NO_CHECK_WITHOUT_DHCID): _BARE_ADD,
    (REMOVE, CHECK_WITH_DHCID): (_remove_address, _remove_all),
    (REMOVE, CHECK_EXISTS_WITH_DHCID): (_remove_existing_address, _remove_dhcid),
    (REMOVE, NO_CHECK_WITH_DHCID): _SIMPLE_REMOVE,
    (REMOVE, NO_CHECK_WITHOUT_DHCID): _BARE_REMOVE,
}
"""By kind of change and mode of conflict resolution: the plan for the name itself."""

REVERSE: Final[Mapping[tuple[int, str], Plan]] = {
    (ADD, CHECK_WITH_DHCID): _POINT,
    (ADD, CHECK_EXISTS_WITH_DHCID): _POINT,
    (ADD, NO_CHECK_WITH_DHCID): _POINT,
    (ADD, NO_CHECK_WITHOUT_DHCID): _BARE_POINT,
    (REMOVE, CHECK_WITH_DHCID): _UNPOINT,
    (REMOVE, CHECK_EXISTS_WITH_DHCID): _UNPOINT,
    (REMOVE, NO_CHECK_WITH_DHCID): _SIMPLE_UNPOINT,
    (REMOVE, NO_CHECK_WITHOUT_DHCID): _BARE_UNPOINT,
}
"""The same for the name of the address."""
