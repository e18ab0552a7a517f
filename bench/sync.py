"""How long an empty server needs to fetch all leases of its partner, and what the partner's clients feel of it.

    python bench/sync.py --leases 200000 --servers ours kea30

Two servers of a kind in network namespaces, the tutorial's pair with a larger subnet; the first one starts with a full
lease file, then the second one with none. A Kea needs minutes for what is seconds here: give it fewer leases.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from live.dialect import plain_json
from live.hosts import Lan
from live.keas import missing
from live.kinds import place

TUTORIAL = Path(__file__).parent.parent / "tests" / "data" / "tutorial"
HEADER = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context"


def configuration(number: int) -> str:
    """The tutorial's file of this server, with room for a million leases."""
    tree = plain_json((TUTORIAL / f"server{number}.conf").read_text())
    subnet = tree["Dhcp4"]["subnet4"][0]
    subnet.update({"id": 1, "subnet": "10.0.0.0/8", "pools": [{"pool": "10.1.0.0 - 10.31.255.255"}]})
    return json.dumps(tree)


def lease_file(count: int, kind: str) -> str:
    """That many leases that end in a day; Kea 3.0 has one column more than 2.2."""
    ends = int(time.time()) + 86400
    newer = kind != "kea22"
    rows = [HEADER + (",pool_id" if newer else "")]
    for number in range(count):
        address = f"10.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        mac = f"02:00:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
        rows.append(f"{address},{mac},01:{mac},86400,{ends},1,0,0,,0,{',0' if newer else ''}")
    return "\n".join(rows) + "\n"


def measure(kind: str, count: int, folder: Path) -> dict[str, float]:
    """Seconds of the synchronization as the log tells it, and the longest wait for a heartbeat's answer meanwhile."""
    with Lan() as lan:
        servers = [
            place(kind, lan.server(f"server{number}", f"10.0.0.{number}/8"), folder / f"{kind}{number}",
                  configuration(number))
            for number in (1, 2)
        ]
        (servers[0].folder / "kea-leases4.csv").write_text(lease_file(count, kind))
        servers[0].start(120)
        servers[0].wait_for(r"HA_STATE_TRANSITION .* to PARTNER-DOWN", 60)
        servers[1].start(60)
        longest = 0.0
        until = time.monotonic() + 600
        while not servers[1].running.matching("HA_SYNC_SUCCESSFUL") and time.monotonic() < until:
            asked = time.monotonic()
            servers[0].ask("ha-heartbeat", {"server-name": "server2"})
            longest = max(longest, time.monotonic() - asked)
            time.sleep(0.05)
        line = servers[1].wait_for("HA_SYNC_SUCCESSFUL", 1)
        found = re.search(r"in (?:(\d+):(\d+):)?([\d.]+)( ms)?", line)
        assert found, line
        hours, minutes, seconds, milli = found.groups()
        took = int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds) * (0.001 if milli else 1)
        for server in servers:
            server.stop()
    return {"leases": count, "seconds": round(took, 2), "heartbeat ms": round(longest * 1000, 1)}


def main() -> None:
    """Print a row per kind of server."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--leases", type=int, default=200_000)
    parser.add_argument("--kea-leases", type=int, default=0, help="for a Kea; default: the same number")
    parser.add_argument("--servers", nargs="+", default=["ours", "kea30"])
    options = parser.parse_args()
    for kind in options.servers:
        reason = missing(kind) if kind != "ours" else None
        if reason:
            print(f"{kind:6} {reason}")
            continue
        count = options.kea_leases if kind != "ours" and options.kea_leases else options.leases
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            row = measure(kind, count, Path(folder))
        print(f"{kind:6}", "  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
