"""The picture of a server and its partner that the checks look at: plain values, gathered elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from kea_twisted.jsonvalue import Json

Tree = Mapping[str, Json]
NOTHING: Final[Tree] = {}


class Subnet(NamedTuple):
    """A subnet with its counts of addresses."""

    id: int
    prefix: str
    total: int
    assigned: int
    declined: int


class Node(NamedTuple):
    """One server as it was seen. ``trouble`` says why nothing is known, ``answer`` is that of ``picture-get``.

    A Kea has no such command: ``is_ours`` is False, and the answer has what it says by others.
    """

    name: str
    place: str
    answer: Tree = NOTHING
    trouble: str = ""
    is_ours: bool = True
    ahead: float = 0.0  # seconds by which its clock is before that of the machine that asks

    def part(self, name: str) -> Tree:
        """Return a map in the answer; an empty one if it is missing."""
        found = self.answer.get(name)
        return found if isinstance(found, Mapping) else NOTHING

    @property
    def common(self) -> Tree:
        """The part of the configuration that partners have in common."""
        return self.part("common")

    @property
    def status(self) -> Tree:
        """The arguments of its answer to status-get."""
        return self.part("status")

    @property
    def relationship(self) -> Tree:
        """The first HA relationship of its status."""
        found = self.status.get("high-availability")
        return found[0] if found else NOTHING

    @property
    def local(self) -> Tree:
        """Its state as an HA server."""
        found: Tree = self.relationship.get("ha-servers", NOTHING).get("local", NOTHING)
        return found

    @property
    def remote(self) -> Tree:
        """Its view of its partner."""
        found: Tree = self.relationship.get("ha-servers", NOTHING).get("remote", NOTHING)
        return found

    @property
    def watch(self) -> Tree:
        """The part of that view that only this product reports."""
        found: Tree = self.relationship.get("partner-watch", NOTHING)
        return found

    @property
    def state(self) -> str:
        """The HA state; "" without high availability."""
        return str(self.local.get("state", ""))

    @property
    def settings(self) -> Tree:
        """The first HA relationship of its configuration."""
        for library in self.common.get("hooks-libraries", ()):
            found = library.get("high-availability")
            if found:
                relationship: Tree = found[0]
                return relationship
        return NOTHING

    @property
    def peers(self) -> tuple[Tree, ...]:
        """The peers of its configuration."""
        return tuple(self.settings.get("peers", ()))

    @property
    def by_evidence(self) -> bool:
        """True if it takes over by evidence; a Kea does not."""
        return self.is_ours and self.settings.get("takeover", NOTHING).get("by-evidence", True) is True

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        """The subnets with their counts."""
        rows = self.answer.get("subnets", ())
        return tuple(
            Subnet(each["id"], each["subnet"], each["total"], each["assigned"], each["declined"]) for each in rows
        )


class File(NamedTuple):
    """The configuration file on this machine. ``common`` is None where it was not read.

    ``has_password`` and ``others_may_read`` are about passwords that every user of the machine could read.
    """

    path: str = ""
    trouble: str = ""
    common: Tree | None = None
    has_password: bool = False
    others_may_read: bool = False


class Picture(NamedTuple):
    """The server that was asked, its partner behind it if it has one, and the file that the asker found."""

    nodes: tuple[Node, ...]
    file: File = File()

    @property
    def known(self) -> tuple[Node, ...]:
        """The servers that answered."""
        return tuple(node for node in self.nodes if not node.trouble)

    @property
    def pair(self) -> tuple[Node, Node] | None:
        """Both servers if both answered."""
        return (self.nodes[0], self.nodes[1]) if len(self.known) == 2 else None

    def other(self, node: Node) -> Node | None:
        """Return the partner of a server of the picture."""
        return next((each for each in self.nodes if each is not node), None)
