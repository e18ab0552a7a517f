"""Allowed folders of the lease file and the log files: Kea's rules since 2.7.9, which ``-X`` switches off.

Without them a command could make the server write to any file of the machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kea_twisted.adapters.system.folders import Folders, must_lie_in, way_out
from kea_twisted.adapters.system.links import must_be_own
from kea_twisted.config.filenames import is_log_file, must_be_data
from kea_twisted.config.model import Settings
from kea_twisted.config.text import Map
from kea_twisted.errors import Place, Problems
from kea_twisted.jsonvalue import Json


@dataclass(frozen=True)
class FilePaths:
    """Compares a configuration with the folders of the machine."""

    folders: Folders

    def check(self, settings: Settings, problems: Problems) -> None:
        """Report files outside of their folder."""
        if not self.folders.checked:
            return
        data, log = self.folders.data, self.folders.log
        database = settings.lease_database
        if database.type == "memfile" and database.persist and database.name:
            place = settings.tree["lease-database"].place_of("name")
            _check("name", database.name, data, "KEA_DHCP_DATA_DIR", place, problems)
        for name, place in _log_files(settings):
            _check("output", name, log, "KEA_LOG_FILE_DIR", place, problems)


def written_files(settings: Settings, folders: Folders) -> Iterator[tuple[str, str, Place | None]]:
    """Yield the lease file and the log files of a configuration: the keyword, the path, the place."""
    database = settings.lease_database
    if database.type == "memfile" and database.persist:
        place = settings.tree["lease-database"].place_of("name") if database.name else None
        yield "name", folders.lease_file(database.name), place
    for name, place in _log_files(settings):
        yield "output", folders.log_file(name), place


def _check(keyword: str, path: str, folder: str, variable: str, place: Place | None, problems: Problems) -> None:
    try:
        must_lie_in(path, folder)
        must_be_data(path)
    except ValueError as error:
        problems.error(place, f"'{keyword}': {error} ({way_out(variable)})")
        return
    full = os.path.join(folder, path)
    try:
        must_be_own(full)
    except OSError as error:
        problems.error(place, f"'{keyword}': {full} cannot be written: {error.strerror}")


def _log_files(settings: Settings) -> Iterator[tuple[str, Place | None]]:
    """Yield the name of each log file with its place."""
    for logger in _maps(settings.tree, "loggers"):
        for output in _maps(logger, "output-options"):
            name = output.get("output", "stdout")
            if is_log_file(name):
                yield name, output.place_of("output")


def _maps(section: Mapping[str, Json], key: str) -> Iterator[Map]:
    return (item for item in section.get(key, ()) if isinstance(item, Map))
