"""The check of a configuration file without a server (``-t``)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from kea_twisted import config
from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.hooklibraries.files import LibraryFiles
from kea_twisted.adapters.net.nicchecks import InterfaceCheck
from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.errors import ConfigError, error_text
from kea_twisted.server.libraries import PARAMETER_CHECKS, checker
from kea_twisted.server.operatorfiles import read_text


def check_file(
    path: str,
    out: TextIO,
    *,
    unchecked: bool = False,
    hook_modules: Iterable[str] = (),
    run_hooks: bool = False,
) -> int:
    """Check a file (``-t``): print its errors and warnings. Return 0 if it can be used, else 1."""
    try:
        text = read_text(path)
    except OSError as error:
        print(f"{path}: {error_text(error)}", file=out)
        return 1
    try:
        folders = Folders.of(os.environ, checked=not unchecked, modules=hook_modules)
        outside = (
            ControlFiles(folders).check, FilePaths(folders).check, InterfaceCheck().check,
            LibraryFiles(folders, path).check, *PARAMETER_CHECKS,
        )  # fmt: skip
        code = LibraryCode(HookPlaces.of(folders, path))
        settings = config.load(text, path, read_text, (checker(code, running=run_hooks),), outside)
    except ConfigError as error:
        for problem in error.problems:
            print(config.format_problem(problem, text), file=out)
        print(f"{path}: {len(error.problems)} error{'s' * (len(error.problems) != 1)}", file=out)
        return 1
    for problem in settings.warnings:
        print(f"warning: {problem}", file=out)
    if settings.no_effect:
        print(f"warning: without effect in this version: {', '.join(settings.no_effect)}", file=out)
    print(f"{path}: the configuration can be used", file=out)
    return 0
