"""The input of an expression: one packet, its origin, the classes it is in so far."""

from __future__ import annotations

from collections.abc import Container, Mapping

from kea_twisted.wire.constants import OPT_AGENT_OPTIONS
from kea_twisted.wire.message import Message
from kea_twisted.wire.optiondefs import OptionDefinition
from kea_twisted.wire.options import unpack_suboptions


class Subject:
    """A packet as expressions see it. ``classes`` is asked for membership and may grow meanwhile.

    ``late``: options 43 and 224 to 254 are understood by their definitions. Kea does so only when the first
    round of classes is known, since a class may bring definitions of its own. ``defined`` are the definitions in
    force for this packet; None: those that the expression was compiled with.
    """

    __slots__ = ("message", "options", "interface", "source", "destination", "classes", "late", "defined", "_agent")

    def __init__(
        self,
        message: Message,
        interface: str = "",
        source: int = 0,
        destination: int = 0,
        classes: Container[str] = frozenset(),
        late: bool = False,
    ) -> None:
        self.message = message
        self.options: Mapping[int, bytes] = message.options
        self.interface = interface
        self.source = source
        self.destination = destination
        self.classes = classes
        self.late = late
        self.defined: Mapping[int, OptionDefinition] | None = None
        self._agent: dict[int, bytes] | None = None

    @property
    def agent(self) -> dict[int, bytes]:
        """The sub-options of option 82."""
        if self._agent is None:
            data = self.options.get(OPT_AGENT_OPTIONS)
            self._agent = unpack_suboptions(data) if data else {}
        return self._agent
