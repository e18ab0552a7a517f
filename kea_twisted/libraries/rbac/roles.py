"""Roles: the commands that each may send, and the way in which requests get theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from kea_twisted.commands.envelope import SUCCESS, Reply
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.rbac.accesslists import NONE, AccessList
from kea_twisted.libraries.rbac.definitions import NO_DEFINITIONS, Definitions, stands_for

REMOTE_ADDRESS: Final = "remote-address"
CERT_SUBJECT: Final = "cert-subject"
CERT_ISSUER: Final = "cert-issuer"
BASIC: Final = "basic-authentication"
METHODS: Final = (REMOTE_ADDRESS, CERT_SUBJECT, CERT_ISSUER, BASIC)
BY_CERTIFICATE: Final = (CERT_SUBJECT, CERT_ISSUER)

LIST_COMMANDS: Final = "list-commands"


class Role(NamedTuple):
    """The rules for the requests of one role. The default accepts nothing.

    A command without a definition has no access right: a role with a list that is based on these rejects it always.
    A command that no Kea has is accepted where Kea's commands that it stands for are, unless a list names it.
    """

    accept: AccessList = NONE
    reject: AccessList = NONE
    accepts_others: bool = False
    accept_first: bool = True
    filters: frozenset[str] = frozenset()
    definitions: Definitions = NO_DEFINITIONS

    def accepts(self, name: str) -> bool:
        """Return True if a command is accepted."""
        if not self._accepts(name):
            return False
        return self._names(name) or all(map(self._accepts, stands_for(name)))

    def _names(self, name: str) -> bool:
        return name in self.accept.names or name in self.reject.names

    def _accepts(self, name: str) -> bool:
        """Return the decision of Kea's algorithm."""
        if name not in self.definitions and (self.accept.by_access or self.reject.by_access):
            return False
        accept, reject = self.accept.matches, self.reject.matches
        if self.accept_first:
            return accept(name) or (not reject(name) and self.accepts_others)
        return not reject(name) and (accept(name) or self.accepts_others)

    def filtered(self, command: object, reply: Reply) -> Reply:
        """Return the answer to a command as this role may see it."""
        if command != LIST_COMMANDS or LIST_COMMANDS not in self.filters or not isinstance(reply, dict):
            return reply
        names: Json = reply.get("arguments")
        if reply.get("result") != SUCCESS or not isinstance(names, list):
            return reply
        return {**reply, "arguments": [name for name in names if self.accepts(name)]}


class Rules(NamedTuple):
    """The roles of all requests. ``method`` says how a request gets the name of its role."""

    method: str
    needs_tls: bool
    roles: Mapping[str, Role]
    default: Role = Role()
    unknown: Role = Role()

    def role(self, name: str) -> Role:
        """Return the role of a request; ``name`` is empty if none was assigned."""
        return self.roles.get(name, self.unknown) if name else self.default
