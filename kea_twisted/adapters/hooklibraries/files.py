"""The files that parameters of Kea's hook libraries name: where they may lie, and who may own programs.

Kea's rule for the folder has been there since 2.7.9. As for hook libraries in Python, the program and the folders above
it must be such that no other user can change them: it runs with the rights of the server.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.plugins.trust import read_trusted, trusted_owners
from kea_twisted.adapters.system.folders import Folders, must_lie_in, way_out
from kea_twisted.config.model import Settings
from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import NamedFile
from kea_twisted.libraries.lookup import configured

_VARIABLE: Final = "KEA_HOOK_SCRIPTS_PATH"


@dataclass(frozen=True)
class LibraryFiles:
    """Compares the programs of a configuration with the machine. ``config_file`` is where the configuration lies."""

    folders: Folders
    config_file: str

    def check(self, settings: Settings, problems: Problems) -> None:
        """Report programs that cannot or must not be run."""
        for entry, kind in configured(settings.hooks_libraries):
            for named in kind.files(entry.parameters):
                _checked(entry.parameters, named, problems, self._program if named.is_program else self._folder)

    def _folder(self, path: str) -> None:
        """Raise ValueError for a folder that cannot be that of a legal log."""
        folder = self.folders.legal_logs
        if self.folders.checked and path.rstrip("/") != folder:
            text = f"invalid path specified: '{path}', supported path is '{folder}'"
            raise ValueError(f"{text} ({way_out('KEA_LEGAL_LOG_DIR')})")

    def _program(self, path: str) -> None:
        """Raise ValueError or OSError for a program that cannot be used."""
        full = self.folders.script(path)
        if not os.path.exists(full):
            raise ValueError(f"File not found: {full}")
        if not os.access(full, os.X_OK) or os.path.isdir(full):
            raise ValueError(f"File not executable: {full}")
        if not self.folders.checked:
            return
        try:
            must_lie_in(path, self.folders.scripts)
        except ValueError as error:
            raise ValueError(f"{error} ({way_out(_VARIABLE)})") from None
        read_trusted(full, trusted_owners(), HookPlaces.of(self.folders, self.config_file).written, _VARIABLE)


def _checked(
    parameters: Mapping[str, Json], named: NamedFile, problems: Problems, examine: Callable[[str], None]
) -> None:
    place = place_of(parameters, named.keyword)
    try:
        examine(named.path)
    except ValueError as error:
        problems.error(place, f"Invalid '{named.keyword}' parameter: {error}")
    except OSError as error:
        problems.error(place, f"Invalid '{named.keyword}' parameter: {named.path}: {error.strerror}")
