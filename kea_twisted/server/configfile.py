"""The configuration file of a running server: reading it, and the checks of every configuration that is to come."""

from __future__ import annotations

import os
from collections.abc import Callable

from kea_twisted import config
from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.control.secretfiles import check_secret_files
from kea_twisted.adapters.hooklibraries.files import LibraryFiles
from kea_twisted.adapters.net.nicchecks import InterfaceCheck, interfaces_of
from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.ownership import replace_file
from kea_twisted.config.model import LoggerSettings, Settings
from kea_twisted.config.parse import ExtraCheck
from kea_twisted.errors import ConfigError, Problem, Problems
from kea_twisted.server import libraries
from kea_twisted.server.operatorfiles import OperatorFiles

OutsideCheck = Callable[[Settings, Problems], None]


class ConfigFile:
    """The configuration file at a path, and everything that a configuration is checked against.

    ``code`` finds hook libraries that are written in Python; ``library_check`` replaces the usual check of them.
    """

    def __init__(
        self,
        path: str,
        folders: Folders,
        code: LibraryCode | None = None,
        library_check: ExtraCheck | None = None,
    ) -> None:
        self.path = path
        self.folders = folders
        self.code = code or LibraryCode(HookPlaces.of(folders, path))
        self.library_checks = (library_check or libraries.checker(self.code),)
        self.control_files = ControlFiles(folders)
        self.operator_files = OperatorFiles()
        self._outside: tuple[OutsideCheck, ...] = (
            self.control_files.check, FilePaths(folders).check, LibraryFiles(folders, path).check,
            *libraries.PARAMETER_CHECKS,
        )  # fmt: skip

    def read(self) -> Settings:
        """Return the settings in the file. Raises ConfigError with everything that is wrong."""
        try:
            text = self.operator_files.read_text(self.path)
        except OSError as error:
            raise ConfigError([Problem(None, f"{self.path} cannot be read: {error.strerror}")]) from error
        checks = (*self._outside, InterfaceCheck(strict=False).check)
        return config.load(text, self.path, self.operator_files.read_text, self.library_checks, checks)

    def loggers(self) -> tuple[LoggerSettings, ...]:
        """Return the loggers of a file that cannot be used otherwise; none if they cannot be used, either."""
        try:
            text = self.operator_files.read_text(self.path)
        except OSError:
            return ()
        checks = (FilePaths(self.folders).check,)
        return config.load_loggers(text, self.path, self.operator_files.read_text, checks)

    def from_command(self, tree: dict[str, object], in_force: Settings) -> Settings:
        """Return the settings that a command sent: it may name fewer files than the file. Raises ConfigError."""

        def check(settings: Settings, problems: Problems) -> None:
            if self.folders.checked:
                folder = os.path.dirname(os.path.abspath(self.path))
                check_secret_files(settings, in_force, folder, problems)
                self.operator_files.check(settings, self.folders, problems)

        interfaces = InterfaceCheck(in_force=lambda: interfaces_of(in_force))
        # before the others, which read the files
        return config.load_tree(tree, self.library_checks, (check, *self._outside, interfaces.check))

    def write(self, path: str, text: str) -> None:
        """Replace a file as a whole, this one or one that belongs to no configuration. Raises OSError."""
        self.must_not_replace(path, self.path)
        replace_file(path, text)

    def must_not_replace(self, path: str, config_file: str = "") -> None:
        """Raise PermissionError if writing a file would replace a file of the configuration but ``config_file``."""
        if self.folders.checked:
            self.operator_files.must_not_be(path, config_file)
