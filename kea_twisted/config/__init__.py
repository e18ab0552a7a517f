"""Floor 0: the configuration file as data. Text with places, keyword table, typed settings."""

from __future__ import annotations

from typing import Any

from kea_twisted.config.model import Settings
from kea_twisted.config.parse import ExtraCheck, OutsideCheck, build
from kea_twisted.config.text import ReadInclude, format_problem, parse, without_places
from kea_twisted.errors import Problems

__all__ = ["ExtraCheck", "OutsideCheck", "ReadInclude", "format_problem", "load", "load_tree"]


def load(
    text: str,
    file: str,
    read_include: ReadInclude,
    extra_checks: tuple[ExtraCheck, ...] = (),
    outside_checks: tuple[OutsideCheck, ...] = (),
) -> Settings:
    """Settings from the text of a configuration file.

    ConfigError holds everything that is wrong, syntax and sense in one run, with file, line and column.
    ``read_include`` returns the text of an included file (OSError, UnicodeDecodeError: it cannot be read).
    ``extra_checks`` are called with the hook libraries to look at their parameters in the same run,
    ``outside_checks`` with settings to compare with the machine: files, folders.
    """
    problems = Problems()
    return build(parse(text, file, read_include, problems), problems, extra_checks, outside_checks)


def load_tree(
    tree: Any,
    extra_checks: tuple[ExtraCheck, ...] = (),
    outside_checks: tuple[OutsideCheck, ...] = (),
) -> Settings:
    """Settings from a command's JSON, ``{"Dhcp4": {…}}``, which stays as it is; ConfigError has no places."""
    return build(without_places(tree), Problems(), extra_checks, outside_checks)
