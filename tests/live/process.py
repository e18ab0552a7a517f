"""A started program: its output in a file, waiting for a log line, stopping it, what it cost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A child process whose output (both streams) goes to a file."""

    def __init__(
        self, words: Sequence[str], log: Path, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            # What an earlier process wrote to the same file is not ours to match.
            self._start = output.tell()
            self._child = subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._child.poll()

    def output(self, since: int = 0) -> str:
        """Return its output from the place that `mark` returned."""
        with self.log.open("rb") as file:
            file.seek(self._start + since)
            return file.read().decode(errors="replace")

    def mark(self) -> int:
        """The end of the output so far; give it to `wait_for` to look only at what comes later."""
        return self.log.stat().st_size - self._start

    def matching(self, pattern: str, since: int = 0) -> list[str]:
        """The complete lines that match."""
        return [line for line in self.output(since).splitlines() if re.search(pattern, line)]

    def wait_for(self, pattern: str, seconds: float = 15.0, since: int = 0) -> str:
        """Wait for a line that matches and return it; too late, or ended without it, is an AssertionError."""
        deadline = time.monotonic() + seconds
        while True:
            ended = self.exit_code is not None
            found = self.matching(pattern, since)
            if found:
                return found[0]
            if ended or time.monotonic() > deadline:
                why = f"exit {self.exit_code}" if ended else f"{seconds} s"
                raise AssertionError(f"no line {pattern!r} ({why}) in:\n{self.output(since)[-6000:]}")
            time.sleep(0.05)

    def wait(self, seconds: float) -> int:
        """Wait for the end and return the exit code."""
        return self._child.wait(seconds)

    def signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.exit_code is None:
            self._child.send_signal(number)

    def stop(self, seconds: float = 10.0) -> int:
        """Ask it to end, and make it end after a while; returns the exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it as `kill -9` does."""
        self.signal(signal.SIGKILL)
        return self._child.wait(10)

    def cpu_seconds(self) -> float:
        """CPU time so far, user and system, over all its threads."""
        # The name in brackets may hold blanks: count after it. Fields 14 and 15 are utime and stime.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
