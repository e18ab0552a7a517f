"""Metrics of many subnets as text, made fast: blocks of some hundred lines, each a template for the values.

prometheus_client writes the labels of each subnet and pool once. From then on a page costs what has changed since the
last one: the statistics tell the names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from kea_twisted.config.model import Subnet
from kea_twisted.engine.statistics import Statistics
from kea_twisted.web.keametrics import ADDRESSES, FAILURE, PREFIX, pools_by_id

LINES: Final = 200
"""Lines of a block: to write its labels takes about a millisecond, to put the values in less than a tenth of one."""

NAMES: Final = 20_000
"""Names of statistics that are searched for failures in one step."""

FAILURES: Final = "v4-allocation-fail-"

_NAME: Final = "name"
_LEFT: Final = b"name{"

Item = TypeVar("Item")
Labels = dict[str, str]
Scope = tuple[Labels, str]  # a subnet or pool, and the prefix of its statistics


class Block:
    """A part of the lines of one family. ``values`` are what they are made of, in columns; ``value`` makes one of each.

    ``text`` has a place for each value; ``made`` is the text with the values, None after a change.
    """

    __slots__ = ("text", "values", "made", "_value")

    def __init__(self, text: bytes, values: list[list[int]], value: Callable[..., float] | None = None) -> None:
        self.text = text
        self.values = values
        self.made: bytes | None = None
        self._value = value

    def make(self) -> bytes:
        """Return the lines with the present values."""
        made = self.made
        if made is None:
            shown: Iterable[float] = self.values[0] if self._value is None else map(self._value, *self.values)
            made = self.made = self.text % tuple(shown)
        return made


class SubnetMetrics:
    """All metrics of the subnets and pools of one configuration."""

    def __init__(self, subnets: Sequence[Subnet]) -> None:
        self.blocks: list[Block] = []
        self._subnets = {subnet.id: subnet.text for subnet in subnets}
        self._places: dict[str, list[tuple[list[int], int, Block]]] = {}
        self._failures: dict[str, tuple[str, str, str]] = {}

    def build(self, subnets: Sequence[Subnet], statistics: Statistics) -> Iterator[None]:
        """Make the blocks, a part in each step."""
        of_subnets: list[Scope] = []
        of_pools: list[Scope] = []
        both: list[Scope] = []
        for some in _parted(subnets):
            of_subnets += map(_of_subnet, some)
            of_pools += _of_pools(some)
            both += _of_both(some)
            yield
        families = [each for each in ADDRESSES if each.by_pool]
        rows = [(PREFIX + each.name, "untyped", each.text, [each.statistic], " %d", None) for each in families]
        yield from self._add(both, rows, statistics)
        others = [each for each in ADDRESSES if not each.by_pool]
        rows = [(PREFIX + each.name, "untyped", each.text, [each.statistic], " %d", None) for each in others]
        yield from self._add(of_subnets, rows, statistics)
        yield from self._add(of_pools, _OF_POOLS, statistics)
        for names in _parted(statistics, NAMES):
            for name in names:
                if FAILURES in name:
                    self._note_failure(name)
            yield

    def _add(self, scopes: list[Scope], rows: Sequence[_Row], statistics: Statistics) -> Iterator[None]:
        texts: list[tuple[bytes, list[Scope]]] = []
        for some in _parted(scopes):
            texts.append((_labels(some), some))
            yield
        for name, kind, about, columns, form, value in rows:
            head = f"# HELP {name} {about}\n# TYPE {name} {kind}\n".encode()
            for labels, some in texts:
                text = labels.replace(_LEFT, f"{name}{{".encode()).replace(b" 0.0\n", f"{form}\n".encode())
                names = [[prefix + column for _, prefix in some] for column in columns]
                block = Block(head + text, list(map(statistics.values, names)), value)
                self._index(block, names)
                self.blocks.append(block)
                head = b""
                yield

    def update(self, changed: Iterable[str], statistics: Statistics) -> None:
        """Take the values of changed statistics."""
        places = self._places
        for name in changed:
            found = places.get(name)
            if found is not None:
                value = statistics.value(name)
                for values, line, block in found:
                    values[line] = value
                    block.made = None
            elif FAILURES in name:
                self._note_failure(name)

    def failures(self, statistics: Statistics) -> Metric:
        """Return the metrics of queries that got no address: most subnets have none."""
        labels = ["subnet", "subnet_id", "context"]
        family = CounterMetricFamily(f"{PREFIX}allocations_failed_total", "Queries without an address", labels=labels)
        for name, values in self._failures.items():
            if name in statistics:
                family.add_metric(values, statistics.value(name))
        return family

    def _note_failure(self, name: str) -> None:
        match = FAILURE.fullmatch(name)
        if match is not None and int(match[1]) in self._subnets:
            self._failures[name] = (self._subnets[int(match[1])], match[1], match[2])

    def _index(self, block: Block, names: Sequence[Sequence[str]]) -> None:
        places = self._places
        for values, of_them in zip(block.values, names, strict=True):
            for line, name in enumerate(of_them):
                places.setdefault(name, []).append((values, line, block))


def exposed(families: Sequence[Metric]) -> bytes:
    """Return metrics as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families))
    return generate_latest(registry)


class _Families(Collector):
    """A collector of what is at hand."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        """Return it."""
        return self._families


def free(total: int, assigned: int) -> int:
    """Return the number of addresses that are not assigned."""
    return max(0, total - assigned)


def used(total: int, assigned: int) -> float:
    """Return the part of the addresses that is assigned."""
    return assigned / total if total else 0.0


_Row = tuple[str, str, str, list[str], str, Callable[..., float] | None]
_TWO: Final = ["total-addresses", "assigned-addresses"]
_OF_POOLS: Final[tuple[_Row, ...]] = (
    ("keadhcp_pool_free_addresses", "gauge", "Addresses that are not assigned", _TWO, " %d", free),
    ("keadhcp_pool_used_ratio", "gauge", "Part of the addresses that is assigned, 0 to 1", _TWO, " %.6g", used),
)


def _labels(scopes: Sequence[Scope]) -> bytes:
    """Return a line for each, with a name and a value to be replaced."""
    family = Metric(_NAME, "", "unknown")
    for labels, _ in scopes:
        family.add_sample(_NAME, labels, 0)
    return exposed([family]).split(b"\n", 2)[2].replace(b"%", b"%%")


def _parted(items: Iterable[Item], size: int = LINES) -> Iterator[list[Item]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def _of_subnet(subnet: Subnet) -> Scope:
    return {"subnet": subnet.text, "subnet_id": str(subnet.id)}, f"subnet[{subnet.id}]."


def _of_pools(subnets: Iterable[Subnet]) -> Iterator[Scope]:
    for subnet in subnets:
        labels, prefix = _of_subnet(subnet)
        for pool_id, pool in pools_by_id(subnet).items():
            yield labels | {"pool": pool.text}, f"{prefix}pool[{pool_id}]."


def _of_both(subnets: Iterable[Subnet]) -> Iterator[Scope]:
    for subnet in subnets:
        labels, prefix = _of_subnet(subnet)
        yield labels | {"pool": ""}, prefix
        yield from _of_pools((subnet,))
