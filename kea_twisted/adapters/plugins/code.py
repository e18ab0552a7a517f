"""From the name of a Python hook library to its class: a dotted name, or the path of a ``.py`` file.

    mypackage.guests              the one hook library class of a module that can be imported
    mypackage.guests:Doorkeeper   this class of it
    /etc/kea/guests.py            the one hook library class in a file
    /etc/kea/guests.py:Doorkeeper

A file that changed is read anew; one that did not gives the same class as before. So does a module: those it
imports are not looked at.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from types import ModuleType
from typing import Any, Final

from kea_twisted.hooks.library import HookLibrary
from kea_twisted.interfaces import IHookLibrary, IHookPoints

_DOTTED: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*)?")
_FILE: Final = re.compile(r"(?P<path>.+\.py)(:(?P<name>[^\W\d]\w*))?")

Stamp = tuple[int, int, int]


def is_python(name: str) -> bool:
    """Whether this is how a Python hook library is named, and not one of Kea's files."""
    if _FILE.fullmatch(name):
        return True
    return bool(_DOTTED.fullmatch(name)) and not name.endswith(".so") and not name.startswith("libd")


class LibraryCode:
    """Finds classes and remembers the modules they came from. ``folder`` is where relative paths begin."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._files: dict[str, tuple[Stamp, ModuleType]] = {}
        self._stamps: dict[str, Stamp | None] = {}

    def find(self, name: str) -> type[Any]:
        """The class; ValueError says why there is none."""
        file = _FILE.fullmatch(name)
        module, _, wanted = name.partition(":") if file is None else (file["path"], "", file["name"] or "")
        try:
            code = self._module(module) if file is None else self._file(module)
        except Exception as error:  # whatever happens in code that is not ours
            raise ValueError(f"hooks library '{name}' cannot be loaded: {_words(error)}") from error
        return _class_in(code, wanted, name)

    def _file(self, path: str) -> ModuleType:
        path = os.path.join(self._folder, path)
        status = os.stat(path)
        if status.st_mode & 0o002:
            raise ValueError("everybody may write to the file")
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._files.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        name = "kea_hook_" + re.sub(r"\W", "_", os.path.basename(path).removesuffix(".py"))
        module = ModuleType(name)
        module.__file__ = path
        before = sys.modules.get(name)
        # dataclasses and the like look for their module there
        sys.modules[name] = module
        try:
            _execute(module)
        except BaseException:
            sys.modules.pop(name)
            if before is not None:
                sys.modules[name] = before
            raise
        self._files[path] = (stamp, module)
        return module

    def _module(self, name: str) -> ModuleType:
        loaded = sys.modules.get(name)
        module = loaded or importlib.import_module(name)
        stamp = _stamp(module)
        if loaded is not None and self._stamps.get(name, stamp) != stamp:
            # as importlib.reload, which takes a file for unchanged that changed within the same second
            _execute(module)
        self._stamps[name] = stamp
        return module


def _execute(module: ModuleType) -> None:
    assert module.__file__ is not None
    with open(module.__file__, "rb") as file:
        source = file.read()
    exec(compile(source, module.__file__, "exec"), module.__dict__)


def _stamp(module: ModuleType) -> Stamp | None:
    try:
        status = os.stat(module.__file__ or "")
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _class_in(module: ModuleType, wanted: str, name: str) -> type[Any]:
    if wanted:
        found = getattr(module, wanted, None)
        if not _is_library(found):
            raise ValueError(f"hooks library '{name}': there is no hook library class '{wanted}'")
        assert isinstance(found, type)
        return found
    classes: list[type[Any]] = [
        each
        for each in vars(module).values()
        if _is_library(each) and each is not HookLibrary and each.__module__ == module.__name__
    ]
    if len(classes) != 1:
        have = f"there are {len(classes)}, name one as '{name}:Class'" if classes else "there is none"
        raise ValueError(f"hooks library '{name}' must have one hook library class: {have}")
    return classes[0]


def _is_library(value: object) -> bool:
    return (
        isinstance(value, type) and IHookLibrary.implementedBy(value) and IHookPoints.implementedBy(value)
    )


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, SyntaxError):
        return f"{error.msg} in line {error.lineno}"
    return f"{type(error).__name__}: {error}"
