"""The configuration file as data. Text with places, keyword table, typed settings."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from kea_twisted.config.model import LoggerSettings, Settings
from kea_twisted.config.parse import ExtraCheck, OutsideCheck, build
from kea_twisted.config.text import format_problem, parse, without_places
from kea_twisted.config.tokens import ReadInclude
from kea_twisted.errors import ConfigError, Problems

__all__ = ["ExtraCheck", "OutsideCheck", "ReadInclude", "format_problem", "load", "load_loggers", "load_tree"]


def load(
    text: str,
    file: str,
    read_include: ReadInclude,
    extra_checks: tuple[ExtraCheck, ...] = (),
    outside_checks: tuple[OutsideCheck, ...] = (),
) -> Settings:
    """Settings from the text of a configuration file.

    ConfigError holds everything that is wrong, syntax and sense in one run, with file, line and column.
    ``read_include`` returns the text of an included file (OSError: it cannot be read).
    ``extra_checks`` are called with the hook libraries to look at their parameters in the same run,
    ``outside_checks`` with settings to compare with the machine: files, folders.
    """
    problems = Problems()
    with _without_collector():
        return build(parse(text, file, read_include, problems), problems, extra_checks, outside_checks)


def load_tree(
    tree: object,
    extra_checks: tuple[ExtraCheck, ...] = (),
    outside_checks: tuple[OutsideCheck, ...] = (),
) -> Settings:
    """Settings from a command's JSON, ``{"Dhcp4": {…}}``, which stays as it is; ConfigError has no places."""
    with _without_collector():
        return build(without_places(tree), Problems(), extra_checks, outside_checks)


def load_loggers(
    text: str, file: str, read_include: ReadInclude, outside_checks: tuple[OutsideCheck, ...] = ()
) -> tuple[LoggerSettings, ...]:
    """Return the loggers of a configuration that has errors elsewhere, so that these can be logged.

    There are none if the text has syntax errors, or the loggers are wrong themselves.
    """
    try:
        document = parse(text, file, read_include)
        top = document.get("Dhcp4") if isinstance(document, dict) else None
        if not isinstance(top, dict) or "loggers" not in top:
            return ()
        return load_tree({"Dhcp4": {"loggers": top["loggers"]}}, (), outside_checks).loggers
    except ConfigError:
        return ()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Suspend garbage collection: with 10,000 subnets it takes a fifth of the time, and what is built stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
