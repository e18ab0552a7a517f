"""The peers in the parameters of ``libdhcp_ha``, and which roles a mode needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kea_twisted.config.model import ControlClient, TlsFiles
from kea_twisted.config.text import place_of
from kea_twisted.errors import Place, Problems
from kea_twisted.ha.keywords import PEER_KEYS, read_values
from kea_twisted.ha.settings import (
    HOT_STANDBY,
    LOAD_BALANCING,
    PASSIVE_BACKUP,
    PRIMARY,
    ROLES,
    SECONDARY,
    STANDBY,
    Peer,
)
from kea_twisted.ha.url import parse_url
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number

DHCP_ADDRESS: Final = "dhcp-address"
TLS_FILES: Final = ("trust-anchor", "cert-file", "key-file")
PAIRS: Final = (
    ("basic-auth-user", "basic-auth-user-file"),
    ("basic-auth-password", "basic-auth-password-file"),
)

ROLES_OF: Final = {
    # mode: (needed, not allowed)
    HOT_STANDBY: ((PRIMARY, STANDBY), (SECONDARY,)),
    LOAD_BALANCING: ((PRIMARY, SECONDARY), (STANDBY,)),
    PASSIVE_BACKUP: ((PRIMARY,), (SECONDARY, STANDBY)),
}


def check_roles(mode: str | None, peers: tuple[Peer, ...], place: Place | None, problems: Problems) -> None:
    """Report roles that the mode needs and no peer has, and those that it does not allow."""
    roles = Counter(peer.role for peer in peers)
    for role in (PRIMARY, SECONDARY, STANDBY):
        if roles[role] > 1:
            problems.error(place, f"there can be only one {role} server")
    needed, forbidden = ROLES_OF.get(mode or "", ((), ()))
    for role in needed:
        if not roles[role]:
            problems.error(place, f"{mode} mode needs a {role} server")
    for role in forbidden:
        if roles[role]:
            problems.error(place, f"a {role} server has no place in {mode} mode")


def check_urls(trees: Sequence[object], peers: Sequence[Peer], place: Place | None, problems: Problems) -> None:
    """Warn of URLs that cannot be meant: one of two peers, and plain HTTP with certificates. A Kea takes both silently.

    ``trees``: the entries of the peers in the configuration.
    """
    known: dict[tuple[str, int], str] = {}
    for tree, peer in zip(trees, peers, strict=True):
        url, where = peer.url, place_of(tree, "url") or place
        key = (url.host.rstrip(".").lower(), url.port)
        if not url.is_anywhere and key in known:
            text = f"the peers '{known[key]}' and '{peer.name}' have one url, {url.text}: a server would talk to itself"
            problems.warning(where, f"{text}; give each the address at which that server listens")
        known.setdefault(key, peer.name)
        if peer.tls is not None and not url.secure:
            problems.warning(
                where,
                f"the url of '{peer.name}' is {url.text}, and {', '.join(TLS_FILES)} turn on TLS for it: write "
                'https://, or leave them out ("" for a peer without TLS), in the files of both servers',
            )


def read_peers(relationship: Mapping[str, Json], place: Place | None, problems: Problems) -> Iterator[Peer]:
    """Return the peers of a relationship; wrong ones are reported and left out."""
    names: set[str] = set()
    trees = relationship["peers"] or []
    for index, tree in enumerate(trees):
        where = place_of(trees, index) or place
        values = read_values(tree, PEER_KEYS, where, "peers", problems)
        name, role, url = values["name"], values["role"], None
        if name == "":
            problems.error(place_of(tree, "name"), "the name of a peer must not be empty")
        if name in names:
            problems.error(place_of(tree, "name"), f"there is more than one peer with the name '{name}'")
        if role is not None and role not in ROLES:
            problems.error(place_of(tree, "role"), f"'role' is '{role}', but must be one of {', '.join(ROLES)}")
        tls = _tls(relationship, tree, values, where, problems)
        if values["url"] is not None:
            with problems.catching(place_of(tree, "url")):
                url = parse_url(values["url"])
                if url.secure and tls is None:
                    raise ValueError(f"bad url '{url.text}': https needs {', '.join(TLS_FILES)}")
        login = _login(tree, values, where, problems)
        if name is not None and role in ROLES and url is not None:
            names.add(name)
            address = _dhcp_address(values["user-context"], where, problems)
            yield Peer(name, url, role, values["auto-failover"], login, tls, address)


def _dhcp_address(context: Mapping[str, Json], place: Place | None, problems: Problems) -> int | None:
    """``dhcp-address`` in the user-context of a peer: where its DHCP service is asked, if not at its URL."""
    text = context.get(DHCP_ADDRESS)
    if text is None:
        return None
    try:
        return address_number(text)
    except (TypeError, ValueError):
        place = place_of(context, DHCP_ADDRESS) or place
        problems.error(place, f"'{DHCP_ADDRESS}' must be the IPv4 address of the peer's DHCP service, not '{text}'")
        return None


def _tls(
    relationship: Mapping[str, Json],
    tree: object,
    values: Mapping[str, Json],
    place: Place | None,
    problems: Problems,
) -> TlsFiles | None:
    """The files of a peer; what it does not say itself is that of its relationship, "" means none."""
    own = tree if isinstance(tree, Mapping) else {}
    files = [values[key] if key in own else relationship[key] for key in TLS_FILES]
    if not any(files):
        return None
    missing = ", ".join(key for key, name in zip(TLS_FILES, files, strict=True) if not name)
    if missing:
        problems.error(place, f"{missing} missing for a peer: TLS needs all of {', '.join(TLS_FILES)}")
        return None
    places = tuple(place_of(own, key) if key in own else place for key in TLS_FILES)
    return TlsFiles(files[0], files[1], files[2], relationship["require-client-certs"], places)


def _login(tree: object, values: Mapping[str, Json], place: Place | None, problems: Problems) -> ControlClient | None:
    """The user and password by which a peer knows who asks it."""
    for key, file_key in PAIRS:
        if values[key] and values[file_key]:
            text = f"'{key}' and '{file_key}': only one of them can hold"
            problems.error(place_of(tree, file_key), text)
    user, user_file, password, password_file = (values[key] for pair in PAIRS for key in pair)
    if ":" in user:
        problems.error(place_of(tree, "basic-auth-user"), "'basic-auth-user' must have no colon")
    if not (user or user_file):
        return None
    return ControlClient(user, user_file, password, password_file, place)
