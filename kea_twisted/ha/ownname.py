"""``this-server-name`` that may be absent, so that both servers of a pair have the same file.

Then the peer whose URL has an address of this machine is this server. A name that is given counts, as in Kea.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Final, NamedTuple

from kea_twisted.config.text import place_of
from kea_twisted.errors import Place, Problem, Problems
from kea_twisted.ha.keywords import NAME, missing
from kea_twisted.ha.url import Url, parse_url

_MISSING: Final = missing(NAME, "high-availability")


class Identity(NamedTuple):
    """The IP addresses of this machine, and the names it has without a look-up."""

    addresses: Collection[str] = ()
    names: Collection[str] = ()

    def has(self, url: Url) -> bool:
        """Return True if a URL leads to this machine."""
        if url.is_named:
            return url.host.rstrip(".").lower() in self.names
        return url.host in self.addresses or ip_address(url.host).is_loopback

    def __str__(self) -> str:
        """The addresses, but for those of loopback."""
        return ", ".join(sorted(each for each in self.addresses if not ip_address(each).is_loopback)) or "no address"


def fill_in(parameters: object, identify: Callable[[], Identity]) -> list[str]:
    """Put the missing names of this server into the relationships. Return the reasons why that was not possible."""
    nameless = [tree for tree in _relationships(parameters) if NAME not in tree]
    if not nameless:
        return []
    identity = identify()
    return [reason for tree in nameless if (reason := _fill_in(tree, identity))]


def _fill_in(tree: dict[str, object], identity: Identity) -> str:
    own = [name for name, url in _peers(tree) if identity.has(url)]
    if len(own) == 1:
        tree[NAME] = own[0]
        return ""
    if own:
        return f"the urls of {' and '.join(own)} are of this machine: set it to the name of this server"
    return f"no peer's url has an address of this machine, which has {identity}: set it to the name of this server"


def explained(errors: Iterable[Problem], reasons: Iterable[str]) -> list[Problem]:
    """Return errors with the reasons behind those about names that are missing; both in the order of the file."""
    left = iter(reasons)
    return [each._replace(text=f"{each.text}: {next(left)}") if each.text == _MISSING else each for each in errors]


def check_names(parameters: object, identify: Callable[[], Identity], problems: Problems) -> None:
    """Warn of names of this server whose URL is not of this machine, and say if another peer's is."""
    for tree in _relationships(parameters):
        peers = dict(_peers(tree))
        own = tree.get(NAME)
        if not isinstance(own, str) or own not in peers or peers[own].is_anywhere or peers[own].is_named:
            continue
        identity = identify()
        if identity.has(peers[own]):
            continue
        if text := misplaced(own, peers, identity):
            problems.warning(_place(tree), text)
        else:
            text = f"'url' of this server: {nowhere(own, peers, identity)}"
            problems.warning(_place_of_url(tree, own) or _place(tree), text)


def nowhere(own: str, urls: Mapping[str, Url], identity: Identity) -> str:
    """Return the fault and the remedy where no peer's URL is of this machine; not for a URL with a name."""
    return (
        f"no peer's url is of this machine, which has {identity}: give it the address {urls[own].host}, or correct the "
        f"url of '{own}'"
    )


def misplaced(own: str, urls: Mapping[str, Url], identity: Identity) -> str:
    """Return the fault and the remedy where the URL of another peer is of this machine; "" where none is."""
    others = [name for name, url in urls.items() if name != own and not url.is_anywhere and identity.has(url)]
    if not others:
        return ""
    return (
        f"'{NAME}' is '{own}' at {urls[own].text}, which is no address of this machine, and {' and '.join(others)} "
        f"at {urls[others[0]].text} is: this is the file of another server; set '{NAME}' to '{others[0]}', or leave it "
        "out where both servers are of this kind"
    )


def _place(tree: Mapping[str, object]) -> Place | None:
    return place_of(tree, NAME)


def _place_of_url(tree: Mapping[str, object], name: str) -> Place | None:
    peers = tree.get("peers")
    found = (
        each
        for each in (peers if isinstance(peers, list) else ())
        if isinstance(each, Mapping) and each.get("name") == name
    )
    return next((place_of(each, "url") for each in found), None)


def _relationships(parameters: object) -> Iterator[dict[str, object]]:
    found = parameters.get("high-availability") if isinstance(parameters, Mapping) else None
    return (tree for tree in (found if isinstance(found, list) else ()) if isinstance(tree, dict))


def _peers(tree: Mapping[str, object]) -> Iterator[tuple[str, Url]]:
    """Yield name and URL of the peers that have both, as they should."""
    peers = tree.get("peers")
    for peer in peers if isinstance(peers, list) else ():
        if isinstance(peer, Mapping) and isinstance(peer.get("name"), str) and isinstance(peer.get("url"), str):
            try:
                yield peer["name"], parse_url(peer["url"])
            except ValueError:
                continue  # reported elsewhere
