"""The processes that a program has started: found by their parents, and ended with it."""

from __future__ import annotations

from contextlib import suppress

import psutil


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants. Each is stopped first, so that it starts no other one meanwhile.

    A descendant whose parent has ended is none: it has become a daemon.
    """
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        stopped: dict[int, psutil.Process] = {}
        found = [root]
        while found:
            for process in found:
                stopped[process.pid] = process
                with suppress(psutil.Error):
                    process.suspend()
            found = [each for each in root.children(recursive=True) if each.pid not in stopped]
        for process in stopped.values():
            with suppress(psutil.Error):
                process.kill()
