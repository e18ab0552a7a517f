"""Thousands of messages to a real Kea and to ours: what they answer, write and count must be the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.formats import Formats
from kea_twisted.wire.message import decode

from .messages import Packet
from .needs import need
from .scenes import SCENES, Scene
from .twins import Twins, differences
from .walks import Walk, walk


class Known(NamedTuple):
    """A difference that stays: in which scenes, for which messages and what it is (patterns), and why."""

    scene: str
    message: str
    difference: str
    reason: str


KNOWN = (
    Known(
        "compatibility", r"[ \[]82:(01096162|0104\w*0c03)", r"^(option 82|order):",
        "RFC 3046 section 2.2: the relay's option goes back as it came. Kea sends its sub-options sorted, and "
        "none of them when one is cut off.",
    ),
    Known(
        "options", " 57:", r"^(option \d+|order):",
        "RFC 2132 section 9.10: a client says with option 57 how long a reply may be. Kea pays no attention to it.",
    ),
    Known(
        "", r"^type 3 .*ciaddr=", r"^frame: \(.*\) != \('ff:ff:ff:ff:ff:ff', '10.0.0.1', '255.255.255.255', 68\)$",
        "RFC 2131 section 4.1: a NAK without a relay is broadcast. Kea sends it to ciaddr, which it refuses.",
    ),
    Known(
        "", r"[ \[]82:\w*0b040a000063", r"^option 54: 0a000001 != 0a000063$",
        "RFC 5107 section 4: the server identifier that a relay asks for. Kea accepts it and sends its own.",
    ),
    Known(
        "compatibility", "^type 3 ", r"^option 54: 0a000001 != 0a00007b$",
        "RFC 2131 section 3.1: a client ignores what is not from the server it chose. Kea's NAKs do not have the "
        "configured server identifier.",
    ),
    Known(
        "names", "", r"^row \S+ hostname: (\S+) != (?i:\1)$",
        "Kea keeps a name that it makes with upper case letters until a restart, and with lower case ones after it.",
    ),
    Known(
        "shortage", "type 3 ", r"^statistic .*assigned-addresses: 0 != 1$",
        "An address released and asked for again by its client in the same second: Kea counts the release, but "
        "not that it is assigned again.",
    ),
)  # fmt: skip
"""Not compared at all, as one of the two makes no sense or it cannot be observed:

- the padding of short messages: ours have at least 300 bytes (RFC 951 section 3), Kea's do not
- the link-layer address of broadcasts and of replies with the broadcast flag: Kea sends to the broadcast address
  when the flag is set even to a unicast IP address (RFC 1122 section 3.3.6 has hosts drop that), and a NAK to
  255.255.255.255 to the client's own; ours sends broadcasts to the broadcast address, the rest to the client
- options that do not fit their definition: Kea drops the message, ours ignores them (``engine/test_accept.py``)
- several options 124 or 125 of Kea's are one of ours: joined they are the same (RFC 3396)
- the second row that a Kea writes for a lease whose name it makes from the address
- escapes in the lease file that need not be: ours escapes all bytes that are not ASCII
- counters that Kea has since 3.1 (``twins.NEWER``); 3.0 counts such messages in ``pkt4-receive-drop`` only
- messages with op 2, a hardware address of more than 16 bytes (dropped by ours), or of none (Kea takes a
  declined address, which has none either, for the client's own)
- answers to option 81 when DNS updates are on: ours makes none and says so
"""


def known(scene: str, message: str, difference: str) -> bool:
    """Return True if a row of KNOWN explains it."""
    return any(
        re.search(row.scene, scene) and re.search(row.message, message) and re.search(row.difference, difference)
        for row in KNOWN
    )


def without_misfits(packet: Packet) -> Packet:
    """The packet without options that ours ignores."""
    try:
        ignored = Formats().sift(decode(packet.payload()).options)
    except MalformedPacket:
        return packet
    return packet._replace(options=tuple((code, value) for code, value in packet.options if code not in ignored))


def compare(twins: Twins, scene: Scene, steps: Walk) -> list[str]:
    """Walk; return the unexpected differences."""
    found = []
    packet = next(steps)
    while True:
        packet = without_misfits(packet)
        kea, ours = twins.make(packet.frame())
        unknown = [line for line in differences(kea, ours) if not known(scene.name, str(packet), line)]
        if unknown:
            found.append("\n  ".join([str(packet), *unknown]))
        try:
            packet = steps.send(kea.answers)
        except StopIteration:
            return found


@pytest.mark.live
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_real_kea_and_ours_do_the_same(tmp_path: Path, scene: Scene, seed: int) -> None:
    """Same answers in every field, same rows in the lease file, same steps of all statistics."""
    need("kea30", "ours")
    with Twins(tmp_path, scene.config) as twins:
        found = compare(twins, scene, walk(seed, scene.count, scene.habits))
    assert not found, f"{len(found)} of {scene.count} messages:\n" + "\n".join(found[:20])
