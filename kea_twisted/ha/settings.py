"""A relationship with its partner, as typed settings; ``ha.parameters`` makes them of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kea_twisted.config.model import ControlClient, TlsFiles
from kea_twisted.ha.states import State
from kea_twisted.ha.url import Url

PRIMARY: Final = "primary"
STANDBY: Final = "standby"
SECONDARY: Final = "secondary"
BACKUP: Final = "backup"
ROLES: Final = (PRIMARY, SECONDARY, STANDBY, BACKUP)

HOT_STANDBY: Final = "hot-standby"
LOAD_BALANCING: Final = "load-balancing"
PASSIVE_BACKUP: Final = "passive-backup"
MODES: Final = (HOT_STANDBY, LOAD_BALANCING, PASSIVE_BACKUP)


@dataclass(frozen=True)
class Peer:
    """One of ``peers``."""

    name: str
    url: Url
    role: str
    auto_failover: bool = True
    login: ControlClient | None = None  # who asks this peer says so; None: it takes every one
    tls: TlsFiles | None = None  # in force both for its listener and for who asks it
    dhcp_address: int | None = None  # where its DHCP service is probed; None: the address in its URL

    @property
    def label(self) -> str:
        """``server1 (http://10.0.0.1:8000/)``, as the log names a peer."""
        return f"{self.name} ({self.url.text})"


@dataclass(frozen=True)
class Watch:
    """The watch of the partner beyond Kea's rules; times in seconds. ``enabled``: False: as Kea does it."""

    enabled: bool = False
    interval: float = 1.0  # between two heartbeats, where heartbeat-delay is not shorter
    client_wait: float = 0.5  # how long a client waits for the partner at most
    return_delay: float = 10.0  # without a fault before clients are taken back that were left to the partner
    one_process: bool = True  # a partner that has not said so: its listener and its DHCP service are one process


@dataclass(frozen=True)
class HaSettings:
    """One relationship, ready for use; all times in seconds."""

    this_server_name: str
    peers: tuple[Peer, ...]
    mode: str = HOT_STANDBY
    id: int = 0
    heartbeat_delay: float = 10.0
    max_response_delay: float = 60.0
    max_ack_delay: float = 10.0
    max_unacked_clients: int = 10
    max_rejected_lease_updates: int = 10
    delayed_updates_limit: int = 0
    send_lease_updates: bool = True
    sync_leases: bool = True
    sync_timeout: float = 60.0
    sync_page_limit: int = 10000
    wait_backup_ack: bool = False
    restrict_commands: bool = True
    pauses: Mapping[State, str] = field(default_factory=dict)
    watch: Watch = Watch()
    # answers clients that name the partner by its server identifier; None: if its end is noticed by evidence
    one_server_identifier: bool | None = None

    @property
    def me(self) -> Peer:
        """This server's own entry."""
        return self.peer(self.this_server_name)

    @property
    def partner(self) -> Peer:
        """The other active server; ValueError where there is none: on a backup, and in passive-backup."""
        if self.me.role != BACKUP:
            for peer in self.peers:
                if peer.name != self.this_server_name and peer.role != BACKUP:
                    return peer
        raise ValueError(f"no failover partner server found for this server {self.this_server_name}")

    @property
    def has_partner(self) -> bool:
        """True if there is another active server for this one."""
        return self.me.role != BACKUP and self.mode != PASSIVE_BACKUP

    @property
    def backups(self) -> tuple[Peer, ...]:
        """The other servers that only take updates."""
        return tuple(p for p in self.peers if p.role == BACKUP and p.name != self.this_server_name)

    @property
    def local_origin(self) -> int:
        """The origin under which this relationship holds the DHCP service."""
        return 1000 + self.id

    @property
    def remote_origin(self) -> int:
        """The origin under which this server has the partner's DHCP service held."""
        return 2000 + self.id

    def peer(self, name: str) -> Peer:
        """The peer of this name; KeyError for no such peer."""
        for peer in self.peers:
            if peer.name == name:
                return peer
        raise KeyError(name)
