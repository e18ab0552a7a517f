"""A reload opens the lease file anew, beside a real Kea that does so, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_twisted.lease.csvrow import HEADER, row_text
from kea_twisted.lease.lease import Change, Lease

from .bootp import ACK, mac_of
from .hosts import Lan
from .kinds import place
from .needs import need
from .rawclients import RawClients
from .servers import Server
from .settings import lonely_primary, single

RELOADED = "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS|DHCP4_CONFIG_COMPLETE"
OTHER = "other.csv"


def configuration(**more: object) -> str:
    """One server that takes commands."""
    return single(hooks_libraries=lonely_primary(restrict_commands=False), **more)


def reload(server: Server) -> None:
    """Reload and wait for it."""
    since = server.running.mark()
    server.reload()
    server.wait_for(RELOADED, 20, since)


@pytest.mark.live
@pytest.mark.parametrize("kind", ["ours", "kea30"])
def test_a_reload_opens_the_lease_file_anew(lan: Lan, tmp_path: Path, kind: str) -> None:
    """A removed file is there again; another name brings that file's leases and writes to it; then persist is off."""
    need(kind)
    server = place(kind, lan.server("server1", "10.0.0.1/24"), tmp_path / "server1", configuration())
    server.start()
    clients = RawClients(lan.client("clients"))
    first = clients.obtain(mac_of(1))
    assert first is not None and first.kind == ACK
    (server.folder / "kea-leases4.csv").unlink()
    reload(server)
    second = clients.obtain(mac_of(2))
    assert second is not None and second.address in server.leases()
    if kind == "ours":  # Kea has forgotten it
        assert first.address in server.leases()
    inside = server.folder if kind == "ours" else Path("/mnt")
    answer = server.ask("lease4-write", {"filename": str(inside / "kea-leases4.csv")})
    assert answer["result"] == 0 and len(list(server.folder.glob("kea-leases4.csv.bak*"))) == 1, answer
    assert second.address in server.leases()
    held = Lease(0x0A0000C8, mac_of(3), b"", 7200, 2_000_000_000, 1)
    (server.folder / OTHER).write_text(f"{HEADER}\n{row_text(Change(held))}")
    server.write(configuration(lease_database={"type": "memfile", "name": str(inside / OTHER)}))
    reload(server)
    listed = server.ask("lease4-get-all")["arguments"]["leases"]
    assert [each["ip-address"] for each in listed] == ["10.0.0.200"]
    third = clients.obtain(mac_of(4))
    assert third is not None and third.address in (server.folder / OTHER).read_text()
    server.write(configuration(lease_database={"type": "memfile", "persist": False}))
    reload(server)
    before = (server.folder / OTHER).read_text()
    assert clients.obtain(mac_of(5)) is not None
    assert (server.folder / OTHER).read_text() == before
    clients.close()
    server.stop()
