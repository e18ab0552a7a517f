"""Our lease file in the hands of a real Kea: its server loads it, its cleaner ends where ours does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kea_twisted.adapters.memfile.leasecleaner import clean, command_line
from kea_twisted.adapters.memfile.leasefile import LeaseFile
from kea_twisted.adapters.system.leasefiles import LeaseFiles
from kea_twisted.lease.csvrow import HEADER
from kea_twisted.lease.lease import DECLINED, INFINITE, RECLAIMED, RELEASED, Change, Lease
from kea_twisted.lease.store import LeaseStore
from tests.fakes import RecordingLog

from .hosts import Lan
from .keas import CHROOT
from .kinds import place
from .needs import need
from .servers import Server
from .settings import single

CARD = bytes.fromhex("080027c40fd1")
NET = 0x0A000000


def lease(octet: int, **fields: object) -> Lease:
    """A lease in the far future."""
    plain = Lease(NET + octet, CARD, b"\1" + CARD, 4000, 2_000_000_000, 1)
    return plain._replace(**fields)  # type: ignore[arg-type]


# All that a row can hold: none of it may be a bad row to a Kea.
CHANGES = [
    Change(lease(10)),
    Change(lease(11, client_id=b"", hostname="a,b&c.example.", fqdn_fwd=True)),
    Change(lease(12, hwaddr=b"")),
    Change(lease(13, hwaddr=b"", client_id=b"", state=DECLINED)),
    Change(lease(14, state=RECLAIMED, cltt=1_600_000_000)),
    Change(lease(15, state=RELEASED)),
    Change(lease(16, valid_lifetime=INFINITE)),
    Change(lease(17, user_context='{ "a": [ "x,&", 1 ] }', pool_id=0)),
    # an older Kea takes client identifiers of up to 128 bytes
    Change(lease(18, hostname="gr\xfc\xdfe\1.example.", client_id=bytes(range(128)))),
    Change(lease(20)),
    Change(lease(10, cltt=2_000_000_100)),
    Change(lease(20), deleted=True),
]
LEFT = len(CHANGES) - 3


def write(folder: Path) -> LeaseFile:
    """A lease file of ours with all changes in it, let go of as by a server that was killed."""
    file = LeaseFile(str(folder / "kea-leases4.csv"), RecordingLog())
    file.load(LeaseStore())
    file.append(CHANGES)
    file.close()
    return file


def load(path: Path) -> tuple[list[Lease], RecordingLog]:
    """Return the leases that our server loads from a file."""
    log, store = RecordingLog(), LeaseStore()
    file = LeaseFile(str(path), log)
    file.load(store)
    file.close()
    return sorted(store), log


def kea_lfc(kind: str, files: LeaseFiles) -> None:
    """Have the Kea's own cleaner do what ours would."""
    options = command_line(files)[4:]
    if kind == "kea22":
        command = ["kea-lfc", *options]
    else:
        folder = str(Path(files.current).parent)
        script = 'mount --bind "$1" "$0/mnt" && shift && exec chroot "$0" /usr/sbin/kea-lfc "$@"'
        inside = [option.replace(folder, "/mnt") for option in options]
        command = ["unshare", "-m", "sh", "-c", script, str(CHROOT), folder, *inside]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.live
@pytest.mark.parametrize("kind", ["kea22", "kea30"])
def test_a_real_kea_loads_our_file(lan: Lan, tmp_path: Path, kind: str) -> None:
    """Not one bad row, and what its conversion or cleaning leaves is what we wrote."""
    need(kind)
    server: Server = place(kind, lan.server("server1", "10.0.0.1/24"), tmp_path / "server1", single())
    write(server.folder)
    server.start()
    assert server.running.matching("LEASE_FILE_LOAD")
    assert not server.running.matching("ROW_ERROR")
    assert server.stop() == 0
    assert len(server.leases()) == LEFT


@pytest.mark.live
@pytest.mark.parametrize("kind", ["kea22", "kea30"])
def test_keas_cleaner_and_ours_come_to_the_same_result(lan: Lan, tmp_path: Path, kind: str) -> None:
    """Byte by byte for a Kea of our schema; an older one writes a column less."""
    need(kind)
    (tmp_path / "kea").mkdir()
    file = write(tmp_path)
    path = Path(file.files.current).rename(file.files.input)
    theirs = LeaseFiles.of(str(tmp_path / "kea" / "kea-leases4.csv"))
    shutil.copy(path, theirs.input)
    clean(file.files)
    kea_lfc(kind, theirs)
    ours = Path(file.files.previous).read_text().splitlines()
    found = Path(theirs.previous).read_text(encoding="latin-1").splitlines()
    assert len(ours) == LEFT + 1
    if kind == "kea22":
        assert found[0] == HEADER.rpartition(",")[0]
        ours = [row.rpartition(",")[0] for row in ours]
    plain = [(row, other) for row, other in zip(ours, found, strict=True) if "&#xfc" not in row]
    assert len(plain) == LEFT  # all but one: a Kea escapes only what it must
    assert [row for row, _ in plain] == [other for _, other in plain]
    assert load(Path(theirs.previous))[0] == load(Path(file.files.previous))[0]


@pytest.mark.live
@pytest.mark.parametrize("kind", ["kea22", "kea30"])
def test_a_cleaning_that_kea_began_is_finished_by_ours(lan: Lan, tmp_path: Path, kind: str) -> None:
    """And the other way round: each takes X.completed from the other."""
    need(kind)
    file = write(tmp_path)
    files = file.files
    Path(files.current).rename(files.finish)
    Path(files.input).write_text("of no use any more")
    kea_lfc(kind, files)
    assert not Path(files.finish).exists()
    before, log = load(Path(files.previous))
    assert len(before) == LEFT
    assert not log.texts("DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR")
    Path(files.previous).rename(files.finish)
    Path(files.input).write_text("of no use any more")
    clean(files)
    assert not Path(files.input).exists()
    assert load(Path(files.previous))[0] == before
