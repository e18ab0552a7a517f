"""Programs of the operator: their output and their ends, and that neither many nor slow ones hold up the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import gatherResults

from kea_twisted.adapters.system.programs import LONGEST_OUTPUT, Bounds, Ending, ProgramRunner


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., ProgramRunner]]:
    """Runners of a shell script; ``said`` collects the output."""

    def of(body: str, running: int = 4, queued: int = 100, timeout: float = 20, said: Any = None) -> ProgramRunner:
        path = tmp_path / "script"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        lines = said if said is not None else []
        bounds = Bounds(running, queued, timeout)
        return ProgramRunner(reactor, str(path), bounds, lambda *line: lines.append(line))  # type: ignore[arg-type]

    yield of


def run(runner: ProgramRunner, **environment: str) -> Any:
    """One run."""
    ended = runner.run("point", ("point",), environment)
    assert ended is not None
    return ended


@pytest_twisted.ensureDeferred
async def test_a_program_sees_its_argument_and_its_variables_and_nothing_else(make: Callable[..., Any]) -> None:
    said: list[tuple[str, str]] = []
    runner = make('echo "$1"; /usr/bin/env | /bin/grep -v -e ^PWD= -e ^_= -e ^SHLVL=; printf "the end" >&2', said=said)
    assert await run(runner, A="b c", HOSTNAME="x\0y") == Ending(0)
    while len(said) < 4:
        await pytest_twisted_turn()
    assert sorted(said) == [("point", "A=b c"), ("point", "HOSTNAME=xy"), ("point", "point"), ("point", "the end")]


@pytest_twisted.ensureDeferred
async def test_the_exit_status_is_the_end_of_a_run(make: Callable[..., Any]) -> None:
    assert await run(make("exit 3")) == Ending(3, "failed with exit status 3")
    assert await run(make("kill -TERM $$")) == Ending(None, "was ended by signal 15")


@pytest_twisted.ensureDeferred
async def test_a_program_that_hangs_is_ended(make: Callable[..., Any]) -> None:
    ended = await run(make("while true; do :; done", timeout=0.3))
    assert ended.timed_out and ended.status is None


@pytest_twisted.ensureDeferred
async def test_what_a_program_has_started_is_ended_with_it(tmp_path: Path, make: Callable[..., Any]) -> None:
    pids = tmp_path / "pids"
    child = f"echo $$ >> {pids}; while true; do /bin/sleep 0.1; done"
    ended = await run(
        make(f"sh -c '{child}' & (sh -c '{child}; exit 1'; exit 1) & wait", timeout=0.5), PATH="/bin:/usr/bin"
    )
    assert ended.timed_out
    numbers = [int(pid) for pid in pids.read_text().split()]
    assert len(numbers) == 2
    for _ in range(200):
        alive = [pid for pid in numbers if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]
        if not alive:
            return
        await pytest_twisted_turn()
    raise AssertionError(f"{alive} are still there")


@pytest_twisted.ensureDeferred
async def test_a_child_that_holds_the_output_open_does_not_hold_up_the_end(make: Callable[..., Any]) -> None:
    assert await run(make("/bin/sleep 30 & exit 0", timeout=15)) == Ending(0)


@pytest_twisted.ensureDeferred
async def test_a_program_that_is_not_there_is_an_end_too(tmp_path: Path, make: Callable[..., Any]) -> None:
    runner = make("exit 0")
    (tmp_path / "script").unlink()
    ended = await run(runner)
    assert ended.not_started or ended.status  # as Twisted can tell it


@pytest_twisted.ensureDeferred
async def test_no_more_than_the_bounds_run_and_wait(tmp_path: Path, make: Callable[..., Any]) -> None:
    runner = make(f"echo run >> {tmp_path}/runs; while [ ! -e {tmp_path}/go ]; do /bin/sleep 0.02; done", 2, 3)
    runs = [runner.run("point", (), {}) for _ in range(7)]
    assert [each is None for each in runs] == [False] * 5 + [True] * 2
    (tmp_path / "go").touch()
    assert await gatherResults([each for each in runs if each is not None]) == [Ending(0)] * 5
    assert (tmp_path / "runs").read_text() == "run\n" * 5


@pytest_twisted.ensureDeferred
async def test_runs_that_wait_are_dropped_at_the_end(make: Callable[..., Any]) -> None:
    runner = make("exit 0", 1, 5)
    runs = [run(runner) for _ in range(3)]
    assert runner.close() == 2
    assert [each.not_started for each in await gatherResults(runs)] == [False, True, True]


@pytest_twisted.ensureDeferred
async def test_endless_output_is_cut(make: Callable[..., Any]) -> None:
    said: list[tuple[str, str]] = []
    await run(make('i=0; while [ $i -lt 3000 ]; do echo "0123456789 $i"; i=$((i+1)); done', said=said))
    for _ in range(20):
        await pytest_twisted_turn()
    assert 0 < sum(len(line) for _, line in said) <= LONGEST_OUTPUT


def pytest_twisted_turn() -> Any:
    """A turn of the reactor."""
    from twisted.internet.task import deferLater

    return deferLater(reactor, 0.02, lambda: None)  # type: ignore[arg-type]
