"""The configuration in force as commands show it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property

from kea_twisted import __version__
from kea_twisted.config.unparse import config_hash
from kea_twisted.jsonvalue import Json


class ShownConfiguration(ABC):
    """The part of a command context that shows the configuration; it is made when it is asked for, once."""

    @abstractmethod
    def _effective(self) -> Mapping[str, object]:
        """Return the configuration in force with all defaults."""

    @cached_property
    def config(self) -> Mapping[str, Json]:
        """The configuration in force with all defaults."""
        return self._effective()

    @cached_property
    def config_hash(self) -> str:
        """Its hash."""
        return config_hash(self.config)

    @property
    def version(self) -> str:
        """Our version."""
        return __version__

    def show_anew(self) -> None:
        """Make both anew when they are asked for: the configuration has changed."""
        for name in ("config", "config_hash"):
            self.__dict__.pop(name, None)
