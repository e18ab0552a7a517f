"""From the name of a Python hook library to its class: a file or package in the hook folder, or a module.

    doorkeeper.py                      the one hook library class in this file of the hook folder
    doorkeeper.py:Strict               this class of it
    /usr/local/lib/kea/hooks/guests.py the same folder, spelt out
    guests.door                        a module of a package in the hook folder, or one that can be imported and
                                       that the operator listed

A file or package that changed is read anew; one that did not gives the same class as before. So does a module: those
it imports are not looked at.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from types import ModuleType
from typing import Any, Final, NamedTuple

from kea_twisted.adapters.plugins.importing import PACKAGE, HookImporter
from kea_twisted.adapters.plugins.outline import Outline, Source, ambiguous, missing
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.plugins.trust import Untrusted
from kea_twisted.hooks.library import HookLibrary

_DOTTED: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*)?")
_FILE: Final = re.compile(r"(?P<path>.+\.py)(:(?P<name>[^\W\d]\w*))?")

Stamp = tuple[tuple[str, int, int, int], ...]


class Origin(NamedTuple):
    """The location of a library's code. ``path`` is None for a module that is not Python source.

    ``module`` is its name below the package of the hook folder, or the name to import it by.
    """

    module: str
    path: str | None
    class_name: str  # the class, "" for the only one
    listed: bool  # among the modules that the operator listed


def is_python(name: str) -> bool:
    """Return whether this is how a Python hook library is named, and not one of Kea's files."""
    if _FILE.fullmatch(name):
        return True
    return bool(_DOTTED.fullmatch(name)) and not name.endswith(".so") and not name.startswith("libd")


class LibraryCode:
    """Finds classes and remembers the modules they came from."""

    def __init__(self, places: HookPlaces) -> None:
        self._places = places
        self._importer = HookImporter(places)
        self._known: dict[tuple[str, str | None], tuple[Stamp, ModuleType]] = {}

    def outline(self, name: str) -> Outline | None:
        """Return what can be seen of a library without running it. Raises ValueError if it cannot be loaded."""
        origin = self._origin(name)
        if origin.path is None:
            return None
        try:
            source = Source(self._places.read(origin.path), origin.path)
        except Exception as error:  # what a compiler says of code that is not ours
            raise _unusable(name, error) from error
        return source.outline(origin.class_name, name)

    def find(self, name: str) -> type[Any]:
        """Return the class, its code run unless it is as before. Raises ValueError that states the reason."""
        origin = self._origin(name)
        try:
            module = self._imported(origin) if origin.listed else self._loaded(origin)
        except Exception as error:  # any error in code that is not ours
            raise _unusable(name, error) from error
        return _class_in(module, origin.class_name, name)

    def _origin(self, name: str) -> Origin:
        file = _FILE.fullmatch(name)
        if file is not None:
            path = self._places.path_of(file["path"])
            return Origin(re.sub(r"\W", "_", os.path.basename(path)[:-3]), path, file["name"] or "", False)
        module, _, class_name = name.partition(":")
        if module in self._places.modules:
            try:
                return Origin(module, self._places.module_file(module), class_name, True)
            except Exception as error:  # a finder's
                raise _unusable(name, error) from error
        found = self._places.in_folder(module)
        if found is None:
            raise ValueError(
                f"hooks library '{name}' is neither in {self._places.folder} nor a module that may be loaded: start "
                f"the server with --hook-module {module} or KEA_TWISTED_HOOK_MODULES={module} to allow it"
            )
        return Origin(module, found, class_name, False)

    def _loaded(self, origin: Origin) -> ModuleType:
        """A file or package of the hook folder."""
        assert origin.path is not None
        known = self._known.get((origin.module, origin.path))
        stamp = _stamp(origin.path)
        if known is not None and known[0] == stamp:
            return known[1]
        module = self._importer.load(origin.module, origin.path)
        self._known[origin.module, origin.path] = stamp, module
        return module

    def _imported(self, origin: Origin) -> ModuleType:
        """A module that the operator listed."""
        key = (origin.module, origin.path)
        stamp = _stamp(origin.path) if origin.path is not None else ()
        loaded = sys.modules.get(origin.module)
        module = loaded or importlib.import_module(origin.module)
        if loaded is not None and origin.path is not None and self._known.get(key, (stamp,))[0] != stamp:
            # as importlib.reload, which takes a file for unchanged that changed within the same second
            exec(compile(self._places.read(origin.path), origin.path, "exec", dont_inherit=True), module.__dict__)
        self._known[key] = stamp, module
        return module


def _stamp(path: str) -> Stamp:
    """Return a value that changes with the file, or with a Python file of the package it opens."""
    files = [path]
    if os.path.basename(path) == PACKAGE:
        walk = os.walk(os.path.dirname(path))
        files = sorted(os.path.join(here, name) for here, _, names in walk for name in names if name.endswith(".py"))
    rows = [(file, os.stat(file)) for file in files]
    return tuple((file, status.st_mtime_ns, status.st_size, status.st_ino) for file, status in rows)


def _class_in(module: ModuleType, class_name: str, name: str) -> type[object]:
    if class_name:
        found = getattr(module, class_name, None)
        if not _is_library(found):
            raise missing(name, class_name)
        assert isinstance(found, type)
        return found
    classes: list[type[object]] = [
        each
        for each in vars(module).values()
        if _is_library(each) and each is not HookLibrary and each.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise ambiguous(name, len(classes))
    return classes[0]


def _is_library(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, HookLibrary)


def _unusable(name: str, error: Exception) -> ValueError:
    return ValueError(f"hooks library '{name}' cannot be loaded: {_text(error)}")


def _text(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, SyntaxError):
        return f"{error.msg} in line {error.lineno}"
    return str(error) if isinstance(error, Untrusted) else f"{type(error).__name__}: {error}"
