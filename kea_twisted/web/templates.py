"""Metrics of many subnets as text, made fast: blocks of some hundred lines, each a template for the values.

prometheus_client writes the labels of each subnet and pool once. From then on a page costs what has changed since the
last one: the statistics tell the names. What takes long is cut into steps of about a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from kea_twisted.config.model import Subnet
from kea_twisted.engine.statistics import Samples, Statistics
from kea_twisted.web.keametrics import ADDRESSES, FAILURES, PREFIX, pools_by_id

LINES: Final = 100
"""Lines of a block: to write its labels takes about a millisecond, to read and to write its values some 10 µs each."""

BLOCKS: Final = 80
"""Blocks that are written in one step, if they have changed."""

COLUMNS: Final = 50
"""Columns that are read in one step."""

GROUPS: Final = 1000
"""Groups of names for which the columns are known, in one step."""

NEW_GROUPS: Final = 250
"""Groups of names for which the columns are found in one step."""

NAMES: Final = 1000
"""Names for which the parts are found in one step."""

_NAME: Final = "name"
_LEFT: Final = b"name{"
_RIGHT: Final = b"} 0.0"

Item = TypeVar("Item")
Labels = dict[str, str]
Scope = tuple[Labels, str]  # a subnet or pool, and the prefix of its statistics


class Column:
    """A statistic of the lines of a part: its values when they were last read, and the blocks that show them."""

    __slots__ = ("blocks", "values", "_samples")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.values: list[int] = []
        self._samples: list[Samples] = []

    def refer(self, samples: list[Samples]) -> None:
        """Read the values from other samples from now on."""
        self._samples = samples

    def read(self) -> None:
        """Read the present values."""
        values = [samples[-1][0] for samples in self._samples]
        if values != self.values:
            self.values = values
            for block in self.blocks:
                block.made = None


class Block:
    """A part of the lines of one family, made of columns; ``value`` makes the shown value of one value of each.

    ``text`` has a place for each value. ``made`` is the text with the values, None after a change.
    """

    __slots__ = ("text", "made", "_columns", "_value")

    def __init__(self, text: bytes, columns: Sequence[Column], value: Callable[..., float] | None = None) -> None:
        self.text = text
        self.made: bytes | None = None
        self._columns = columns
        self._value = value
        for column in columns:
            column.blocks.append(self)

    def make(self) -> bytes:
        """Return the lines with the values that were read."""
        made = self.made
        if made is None:
            columns, value = self._columns, self._value
            shown = columns[0].values if value is None else map(value, *[column.values for column in columns])
            made = self.made = self.text % tuple(shown)
        return made


class Part:
    """Some subnets or pools, and the columns of their statistics."""

    __slots__ = ("labels", "prefixes", "columns")

    def __init__(self, labels: bytes, prefixes: list[str]) -> None:
        self.labels = labels
        self.prefixes = prefixes
        self.columns: dict[str, Column] = {}

    def add(self, row: _Row) -> Block:
        """Return the block of a family."""
        name, _, _, statistics, form, value = row
        text = self.labels.replace(_LEFT, f"{name}{{".encode()).replace(b" 0.0\n", f"{form}\n".encode())
        columns = [self.columns.setdefault(statistic, Column()) for statistic in statistics]
        return Block(text, columns, value)

    def refer(self, statistics: Statistics) -> None:
        """Look up the samples of all names."""
        for statistic, column in self.columns.items():
            column.refer(statistics.samples([prefix + statistic for prefix in self.prefixes]))


class FailurePart(Part):
    """Some subnets, and one block: the queries for which they had no address. Most subnets have no such statistics."""

    __slots__ = ("block", "_column")

    def __init__(self, labels: bytes, prefixes: list[str]) -> None:
        super().__init__(labels, prefixes)
        self._column = Column()
        self.block = Block(b"", [self._column])
        self.columns = {statistic: self._column for statistic, _ in FAILURES}

    def refer(self, statistics: Statistics) -> None:
        """Look up the samples of the names that exist, and write their lines."""
        labels = self.labels.replace(_LEFT, _FAILED.encode() + b"{").splitlines(keepends=True)
        lines: list[bytes] = []
        names: list[str] = []
        for prefix, line in zip(self.prefixes, labels, strict=True):
            for statistic, context in FAILURES:
                if prefix + statistic in statistics:
                    names.append(prefix + statistic)
                    lines.append(b'%b,context="%b"} %%d\n' % (line[: line.rindex(_RIGHT)], context.encode()))
        self.block.text, self.block.made = b"".join(lines), None
        self._column.refer(statistics.samples(names))


class SubnetMetrics:
    """All metrics of the subnets and pools of one configuration."""

    def __init__(self, subnets: Sequence[Subnet]) -> None:
        self._subnets = subnets
        self._families: list[tuple[bytes, list[Block]]] = []
        self._failures: list[FailurePart] = []
        self._parts: list[Part] = []
        self._parts_of: dict[str, tuple[Part, ...]] = {}  # by prefix
        self._columns_of: dict[str, tuple[Column, ...]] = {}  # by name, of those that have changed before
        self._shared_parts: dict[tuple[Part, ...], tuple[Part, ...]] = {}
        self._shared_columns: dict[tuple[tuple[Part, ...], str], tuple[Column, ...]] = {}

    def build(self, statistics: Statistics) -> Iterator[None]:
        """Make all blocks, some in each step."""
        for rows, scopes in ((_OF_BOTH, _of_both), (_OF_SUBNETS, _of_subnets), (_OF_POOLS, _of_pools)):
            families: list[list[Block]] = [[] for _ in rows]
            for some in _parted(scopes(self._subnets)):
                part = Part(_labels(some), [prefix for _, prefix in some])
                yield
                added = [part.add(row) for row in rows]
                self._add(part, statistics)
                for blocks, block in zip(families, added, strict=True):
                    block.make()
                    blocks.append(block)
                yield
                if scopes is _of_subnets:
                    failures = FailurePart(part.labels, part.prefixes)
                    self._failures.append(failures)
                    self._add(failures, statistics)
                    yield
            self._families += [(_head(*row[:3]), blocks) for row, blocks in zip(rows, families, strict=True)]
        self._families.append((_HEAD_OF_FAILURES, [part.block for part in self._failures]))

    def _add(self, part: Part, statistics: Statistics) -> None:
        self._parts.append(part)
        for prefix in part.prefixes:
            parts = (*self._parts_of.get(prefix, ()), part)
            self._parts_of[prefix] = self._shared_parts.setdefault(parts, parts)
        _refer(part, statistics)

    def refer(self, names: Iterable[str], statistics: Statistics) -> Iterator[None]:
        """Look up and read the samples that may be others: those of the parts with the prefixes of these names."""
        parts: dict[Part, None] = {}
        for some in _parted(names, NAMES):
            for prefix in {name[: name.rfind(".") + 1] for name in some}:
                parts |= dict.fromkeys(self._parts_of.get(prefix, ()))
            yield
        for part in parts:
            _refer(part, statistics)
            yield

    def refer_all(self, statistics: Statistics) -> Iterator[None]:
        """Look up and read all samples."""
        for part in self._parts:
            _refer(part, statistics)
            yield

    def read(self, counted: Iterable[Sequence[str]]) -> Iterator[None]:
        """Read the values of statistics that were counted: of groups of names."""
        columns: set[Column] = set()
        for some in _parted(counted, GROUPS):
            found = set(map(self._columns_of.get, chain.from_iterable(some)))
            if None in found:
                for few in _parted(some, NEW_GROUPS):
                    found.update(map(self._find, chain.from_iterable(few)))
                    yield
            columns.update(*filter(None, found))
            yield
        for columns_of_step in _parted(columns, COLUMNS):
            for column in columns_of_step:
                column.read()
            yield

    def _find(self, name: str) -> tuple[Column, ...]:
        """Return the columns with a statistic."""
        found = self._columns_of.get(name)
        if found is None:
            at = name.rfind(".") + 1
            parts, statistic = self._parts_of.get(name[:at], ()), name[at:]
            found = self._shared_columns.get((parts, statistic))
            if found is None:
                found = tuple(part.columns[statistic] for part in parts if statistic in part.columns)
                self._shared_columns[parts, statistic] = found
            self._columns_of[name] = found
        return found

    def make(self) -> Iterator[list[bytes]]:
        """Yield the text."""
        blocks = (chain((head,), map(Block.make, blocks)) for head, blocks in self._families)
        return _parted(chain.from_iterable(blocks), BLOCKS)


def _refer(part: Part, statistics: Statistics) -> None:
    part.refer(statistics)
    for column in part.columns.values():
        column.read()


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


def _head(name: str, kind: str, about: str) -> bytes:
    return f"# HELP {name} {about}\n# TYPE {name} {kind}\n".encode()


def _rows(by_pool: bool) -> list[_Row]:
    chosen = [each for each in ADDRESSES if each.by_pool is by_pool]
    return [(PREFIX + each.name, "untyped", each.text, [each.statistic], " %d", None) for each in chosen]


_TWO: Final = ["total-addresses", "assigned-addresses"]
_OF_BOTH: Final = _rows(True)
_OF_SUBNETS: Final = _rows(False)
_OF_POOLS: Final[list[_Row]] = [
    ("keadhcp_pool_free_addresses", "gauge", "Addresses that are not assigned", _TWO, " %d", free),
    ("keadhcp_pool_used_ratio", "gauge", "Part of the addresses that is assigned, 0 to 1", _TWO, " %.6g", used),
]
_FAILED: Final = f"{PREFIX}allocations_failed_total"
_HEAD_OF_FAILURES: Final = _head(_FAILED, "counter", "Queries without an address")


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


def _of_subnets(subnets: Iterable[Subnet]) -> Iterator[Scope]:
    return map(_of_subnet, subnets)


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
