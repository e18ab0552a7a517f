"""The parts of this installation, as text."""

from __future__ import annotations

import platform
import sys
from functools import cache

from kea_twisted import __version__
from kea_twisted.engine import server


@cache
def versions() -> str:
    """Versions of what takes part, a line each. Looked up once: that reads files, for some milliseconds."""
    names = ("twisted", "klein", "treq", "zope.interface")
    return "\n".join((f"kea-twisted {__version__}", *map(name_and_version, names)))


def build_report() -> str:
    """The same, and interpreter, platform, and whether the packet path is C (see setup.py)."""
    packet_path = "Python" if str(server.__file__).endswith(".py") else "C"
    return f"{versions()}\nPython {sys.version}\npacket path in {packet_path}\n{platform.platform()}"


def name_and_version(name: str) -> str:
    """Return a line on a library."""
    return f"{name} {_version_of(name)}"


def _version_of(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # for who asks; it imports much

    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"
