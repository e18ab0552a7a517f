"""What this installation consists of, in words."""

from __future__ import annotations

import platform
import sys

from kea_twisted import __version__


def versions() -> str:
    """Versions of what takes part, a line each."""
    names = ("twisted", "klein", "treq", "zope.interface")
    return "\n".join((f"kea-twisted {__version__}", *(f"{name} {_version_of(name)}" for name in names)))


def build_report() -> str:
    """The same, and interpreter and platform."""
    return f"{versions()}\nPython {sys.version}\n{platform.platform()}"


def _version_of(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # for who asks; it imports much

    try:
        return version(name)
    except PackageNotFoundError:
        return "(version unknown)"
