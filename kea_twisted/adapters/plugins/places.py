"""Allowed sources of Python hook libraries: one folder, and modules that the operator listed.

Who may send commands may name a library in a configuration, and its code runs as the server. So it comes only from
where only the operator can have put it: a folder that the server never writes to, owned with everything above it by
root or the server's user and writable by no other. Kea has had the same rule for the folder since 2.7.9.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from sys import meta_path

from kea_twisted.adapters.plugins.trust import read_program, read_trusted, trusted_owners
from kea_twisted.adapters.system.folders import Folders, must_lie_in, way_out


@dataclass(frozen=True)
class HookPlaces:
    """The places of one server. ``written`` are the folders in which the server itself makes files.

    ``checked`` False (``-X``) allows files in any folder, of any owner. Modules are listed in either case.
    """

    folder: str
    modules: frozenset[str]
    written: tuple[str, ...]
    checked: bool = True

    @classmethod
    def of(cls, folders: Folders, config_file: str) -> HookPlaces:
        """The places that the environment and the command line name; a command can write beside the configuration."""
        beside = os.path.dirname(os.path.abspath(config_file))
        written = (folders.data, folders.log, folders.pid, folders.sockets, beside)
        return cls(folders.hooks, frozenset(folders.modules), written, folders.checked)

    def path_of(self, name: str) -> str:
        """Return the path of a file named in a configuration. Raises ValueError with Kea's text for another folder."""
        if self.checked:
            try:
                must_lie_in(name, self.folder)
            except ValueError as error:
                text = f"hooks library configuration error: {error} ({way_out('KEA_HOOKS_PATH')})"
                raise ValueError(text) from None
        return os.path.join(self.folder, name)

    def in_folder(self, name: str) -> str | None:
        """Return the path of the file of a dotted name in the folder, None if there is none."""
        path = os.path.join(self.folder, *name.split("."))
        return next((each for each in (f"{path}/__init__.py", f"{path}.py") if os.path.isfile(each)), None)

    def read(self, path: str) -> bytes:
        """Return the contents of a program file. Raises Untrusted if others can change it, OSError."""
        if not self.checked:
            return read_program(path)
        return read_trusted(path, trusted_owners(), self.written)

    def module_file(self, name: str) -> str | None:
        """Examine the files of a module that was listed and of the packages it is in; None: it is not Python source.

        Nothing is imported. Untrusted if others can change a file, ModuleNotFoundError.
        """
        path = None
        for spec in specs(name):
            path = spec.origin if spec.has_location else None
            if path is not None and path.endswith(".py"):
                self.read(path)
                self._examine_compiled(spec.cached)
            elif path is not None and self.checked:
                read_trusted(path, trusted_owners())
        return path if path is not None and path.endswith(".py") else None

    def _examine_compiled(self, path: str | None) -> None:
        """Examine the compiled form of a module and its folder: Python runs it without asking who wrote it."""
        if self.checked and path is not None:
            with suppress(FileNotFoundError):
                read_trusted(path, trusted_owners())


def specs(name: str) -> Iterator[ModuleSpec]:
    """Find a module and the packages around it as an import would, outermost first, without running any of them."""
    parts = name.split(".")
    path: Iterable[str] | None = None
    for length in range(1, len(parts) + 1):
        full = ".".join(parts[:length])
        spec = _spec(full, path)
        if spec is None:
            raise ModuleNotFoundError(f"No module named '{full}'")
        yield spec
        path = spec.submodule_search_locations


def _spec(name: str, path: Iterable[str] | None) -> ModuleSpec | None:
    for finder in meta_path:
        found = finder.find_spec(name, list(path) if path is not None else None)
        if found is not None:
            return found
    return None
