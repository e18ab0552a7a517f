"""The library as the library table names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.engine.effects import Query
from kea_twisted.errors import Problems
from kea_twisted.expr import EvaluationError
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import Parameter
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.flex_option.changes import Changes
from kea_twisted.libraries.flex_option.messages import EVENTS, FAILED, UNLOADED
from kea_twisted.libraries.flex_option.rules import Reader, Rule, SubRule
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import Message

OPTIONS: Final = "options"


class FlexOption(KeaLibrary):
    """Options of replies by the values of expressions."""

    parameters = (Parameter(OPTIONS, list, meaning="what happens to which option"),)
    events = EVENTS

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self._rules: tuple[Rule, ...] = ()
        self._sub_rules: tuple[SubRule, ...] = ()

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report faults of the rules."""
        if isinstance(entry.parameters.get(OPTIONS), list):
            Reader(settings, problems).read(entry.parameters[OPTIONS])

    def register(self, hooks: HookChain) -> None:
        """Take part if there are rules."""
        text = str(self.values[OPTIONS])
        if self.values[OPTIONS]:
            super().register(hooks)
            if "client-class" in text or "member" in text:
                hooks.read_classes()

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Compile the rules, which use options and classes of the configuration."""
        reader = Reader(settings, Problems())
        reader.read(self.values[OPTIONS])
        self._rules = tuple(sorted(reader.rules, key=lambda rule: rule.code))
        self._sub_rules = tuple(sorted(reader.sub_rules, key=lambda each: (each.container, each.rule.code)))

    def pkt4_send(self, query: Query, response: Message) -> Message | None:
        """Return the reply as the rules have it; None: as it is."""
        changes = Changes(query, response, self.host.log)
        try:
            for rule in self._rules:
                changes.apply(rule)
            for sub_rule in self._sub_rules:
                changes.apply_inside(sub_rule)
        except (EvaluationError, ValueError) as error:
            if FAILED in self.host.log.enabled:
                self.host.log.emit(FAILED, label(query.message), error)
        options = changes.finished()
        return None if options == response.options else response._replace(options=options)

    def unload(self) -> None:
        """Log the end."""
        if UNLOADED in self.host.log.enabled:
            self.host.log.emit(UNLOADED)
