"""Giving up root and keeping what DHCP needs: raw frames and port 67. On Linux only, which has capabilities.

twistd changes the user after the sockets and files are open: then nothing can be opened later (an interface that comes
up, a log file after rotation), and what root created cannot be opened again. Here the user changes before that.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from collections.abc import Mapping
from typing import Final

CAP_NET_BIND_SERVICE: Final = 10
CAP_NET_RAW: Final = 13
KEPT: Final = (CAP_NET_BIND_SERVICE, CAP_NET_RAW)

_PR_SET_KEEPCAPS: Final = 8
_PR_SET_NO_NEW_PRIVS: Final = 38
_VERSION: Final = 0x20080522  # linux/capability.h, _LINUX_CAPABILITY_VERSION_3


class CannotChangeUser(Exception):
    """The user cannot be changed in this way; the text names the remedy."""


def check(asked: Mapping[str, object], platform: str = sys.platform, uid: int | None = None) -> None:
    """Refuse what cannot work of twistd's ``uid``, ``gid``, ``euid`` and ``chroot``. Raises CannotChangeUser."""
    if asked.get("uid") is None and asked.get("gid") is None:
        return
    if platform != "linux":
        raise CannotChangeUser("--uid and --gid need Linux: without root nothing can be opened after the start")
    if asked["uid"] is None:
        raise CannotChangeUser("--gid needs --uid: root would stay root")
    for name in ("euid", "chroot"):
        if asked[name]:
            raise CannotChangeUser(f"--{name} and --uid exclude each other here")
    if (os.geteuid() if uid is None else uid) != 0:
        raise CannotChangeUser(
            "--uid needs root: start the server as the user, with CAP_NET_RAW and CAP_NET_BIND_SERVICE"
        )


def become(uid: int, gid: int | None) -> None:
    """Change to a user and its groups, with the two capabilities and no way to more. Raises OSError."""
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        groups = [uid if gid is None else gid]
    else:
        gid = user.pw_gid if gid is None else gid
        groups = os.getgrouplist(user.pw_name, gid)
    os.setgroups(groups)
    _prctl(_PR_SET_KEEPCAPS, 1)
    own = groups[0] if gid is None else gid
    os.setresgid(own, own, own)
    os.setresuid(uid, uid, uid)
    _keep(KEPT)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _keep(capabilities: tuple[int, ...]) -> None:
    """Have these, and let no program that is started inherit them."""
    mask = sum(1 << number for number in capabilities)
    data = (_Data * 2)(_Data(mask, mask, 0), _Data(0, 0, 0))
    _checked(_libc().capset(ctypes.byref(_Header(_VERSION, 0)), data))


def _prctl(option: int, value: int) -> None:
    _checked(_libc().prctl(option, value, 0, 0, 0))


def _checked(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
