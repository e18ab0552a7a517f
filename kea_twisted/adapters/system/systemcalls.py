"""The operating system's calls on raw descriptors, as ports use them."""

from __future__ import annotations

import fcntl
import os

from zope.interface import implementer

from kea_twisted.interfaces import ISystem


@implementer(ISystem)
class RealSystem:
    """The operating system's own calls."""

    open = staticmethod(os.open)
    close = staticmethod(os.close)
    read = staticmethod(os.read)
    write = staticmethod(os.write)

    @staticmethod
    def ioctl(descriptor: int, request: int, argument: bytes) -> bytes:
        """As fcntl.ioctl."""
        return fcntl.ioctl(descriptor, request, argument)
