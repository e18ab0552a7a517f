"""Python's import of files in the hook folder: each is read and examined by ``HookPlaces``, compiled, and run.

Such modules live below a package of the server's own, so that a file ``json.py`` there hides no other module.
They can import one another by ``from . import other``. Compiled files (``__pycache__``) are neither used nor written.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from types import ModuleType
from typing import Final

from kea_twisted.adapters.plugins.places import HookPlaces

PACKAGE: Final = "__init__.py"
_NUMBERS: Final = count(1)
_ROOTS: Final[dict[str, HookPlaces]] = {}


class HookImporter:
    """Imports for one server. ``root`` is the name of the package that stands for the hook folder."""

    def __init__(self, places: HookPlaces) -> None:
        self.root = f"kea_hooks{next(_NUMBERS)}"
        self._places = places

    def load(self, name: str, path: str) -> ModuleType:
        """Run a file as the module of this dotted name below the root, together with the packages it is in.

        Raises what the code raises; the modules imported before are then restored.
        """
        self._begin()
        outermost, _, inner = name.partition(".")
        package = f"{self.root}.{outermost}"
        before = _taken_out(package)
        try:
            if inner:
                return importlib.import_module(f"{self.root}.{name}")
            return _run(_spec(package, path, self._places))
        except BaseException:
            _taken_out(package)
            sys.modules.update(before)
            raise

    def _begin(self) -> None:
        if self.root in _ROOTS:
            return
        root = ModuleType(self.root)
        root.__path__ = [self._places.folder]
        sys.modules[self.root] = root
        _ROOTS[self.root] = self._places
        if _FINDER not in sys.meta_path:
            # before Python's own finder, which would take the files below unexamined
            sys.meta_path.insert(0, _FINDER)


class _Finder(MetaPathFinder):
    """Finds the modules of hook folders, and no others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load a module; None if it is none of these."""
        places = _ROOTS.get(fullname.partition(".")[0])
        if places is None:
            return None
        last = fullname.rpartition(".")[2]
        for folder in path or ():
            for file in (os.path.join(folder, last, PACKAGE), os.path.join(folder, f"{last}.py")):
                if os.path.isfile(file):
                    return _spec(fullname, file, places)
        return None


class _Loader(SourceLoader):
    """Loads one file."""

    def __init__(self, path: str, places: HookPlaces) -> None:
        self._path = path
        self._places = places

    def get_filename(self, fullname: str) -> str:
        """Return the path."""
        return self._path

    def get_data(self, path: str | bytes) -> bytes:
        """Return the contents, examined."""
        return self._places.read(os.fsdecode(path))


_FINDER: Final = _Finder()


def _spec(name: str, path: str, places: HookPlaces) -> ModuleSpec:
    inside = [os.path.dirname(path)] if os.path.basename(path) == PACKAGE else None
    spec = spec_from_file_location(name, path, loader=_Loader(path, places), submodule_search_locations=inside)
    assert spec is not None
    return spec


def _run(spec: ModuleSpec) -> ModuleType:
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    assert spec.loader is not None
    spec.loader.exec_module(module)
    return module


def _taken_out(package: str) -> dict[str, ModuleType]:
    """Remove a package and all below it from the modules that are loaded; they are returned."""
    names = [name for name in sys.modules if name == package or name.startswith(f"{package}.")]
    return {name: sys.modules.pop(name) for name in names}
