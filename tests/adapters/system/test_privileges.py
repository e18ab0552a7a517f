"""Changes of the user that are refused before anything is opened."""

from __future__ import annotations

import pytest

from kea_twisted.adapters.system.privileges import CannotChangeUser, check
from kea_twisted.tap import Options

NOTHING = {"uid": None, "gid": None, "euid": None, "chroot": None}


@pytest.mark.parametrize(
    ("asked", "platform", "uid", "reason"),
    [
        ({"uid": 104}, "freebsd14", 0, "need Linux"),
        ({"gid": 104}, "linux", 0, "--gid needs --uid"),
        ({"uid": 104, "euid": 1}, "linux", 0, "--euid and --uid exclude"),
        ({"uid": 104, "chroot": "/srv"}, "linux", 0, "--chroot and --uid exclude"),
        ({"uid": 104}, "linux", 1000, "needs root"),
    ],
)
def test_what_cannot_work_is_refused(asked: dict[str, object], platform: str, uid: int, reason: str) -> None:
    with pytest.raises(CannotChangeUser, match=reason):
        check(NOTHING | asked, platform, uid)


def test_what_works_is_not() -> None:
    check(NOTHING, "freebsd14", 0)
    check(NOTHING, "linux", 1000)
    check(NOTHING | {"uid": 104, "gid": 106}, "linux", 0)


def test_the_reason_is_one_of_usage() -> None:
    options = Options()
    options.parent = NOTHING | {"uid": 104, "gid": None, "chroot": "/srv", "pidfile": ""}
    with pytest.raises(Exception, match="--chroot and --uid exclude each other") as raised:
        options.parseOptions(["-c", "x"])
    assert type(raised.value).__name__ == "UsageError"
