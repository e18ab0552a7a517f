"""Many lease updates in one request: ``lease4-bulk-apply``, in the form of Kea's ``lease6-bulk-apply``.

Kea has no such command for IPv4, so only a partner that lists it gets it. The text is written straight away:
building maps to have them written as JSON takes several times as long, and this is the packet path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kea_twisted.ha.deletions import UNKNOWN, Ended
from kea_twisted.ha.messages import Kind, Reply, Written, read_answer
from kea_twisted.lease.jsonform import update_text
from kea_twisted.lease.lease import RELEASED, Change
from kea_twisted.wire.address import address_number, address_text

COMMAND: Final = "lease4-bulk-apply"

NOTHING: Final[Mapping[int, Ended]] = {}

_FAILED: Final = ("failed-deleted-leases", "failed-leases")


def write(updates: Iterable[tuple[int, Change | None]], deletions: Mapping[int, Ended] = NOTHING) -> Written:
    """The command for changes by address; None: there is no lease of that address any more.

    An address may be in it once. ``deletions``: those of leases that the partner may have given anew since.
    """
    leases: list[str] = []
    deleted: list[str] = []
    for address, change in updates:
        if change is None or (change.deleted and change.lease.state != RELEASED):
            at, owner, given, _ = deletions.get(address, UNKNOWN if change is None else Ended(0, change.lease.hwaddr))
            since = f',"deleted-at":{at}' if at else ""
            whose = f',"hw-address":"{owner.hex(":")}"' if owner else ""
            cltt = f',"cltt":{given}' if given else ""
            deleted.append(f'{{"ip-address":"{address_text(address)}"{whose}{since}{cltt}}}')
        else:
            leases.append(update_text(change.lease))
    return Written(
        COMMAND,
        f'{{"command":"{COMMAND}","service":["dhcp4"],"arguments":{{"origin":"ha-partner",'
        f'"deleted-leases":[{",".join(deleted)}],"leases":[{",".join(leases)}]}}}}',
    )


def read_failures(arguments: object) -> dict[int, Reply]:
    """Return the outcomes of the addresses that were not simply taken; ValueError for nonsense."""
    if not isinstance(arguments, Mapping):
        return {}
    failures: dict[int, Reply] = {}
    for key in _FAILED:
        for item in arguments.get(key) or ():
            if not isinstance(item, Mapping) or not isinstance(item.get("ip-address"), str):
                raise ValueError(f"an entry of '{key}' has no 'ip-address'")
            answer = {"result": item.get("result"), "text": item.get("error-message")}
            failures[address_number(item["ip-address"])] = read_answer(answer)
    return failures


def is_refusal(reply: Reply) -> bool:
    """Return True if a reply to a group says that this server takes none (any more).

    Kea's listener answers 403 to a command that is not on its list.
    """
    return reply.kind is Kind.UNSUPPORTED or reply.text.startswith("Forbidden")
