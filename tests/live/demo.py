"""The tutorial as a show: as root on Linux in network namespaces with ``em1`` and a real client, otherwise on loopback.

python -m tests.live.demo
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from kea_twisted.demo.__main__ import main as on_loopback
from kea_twisted.demo.__main__ import say, show

from .hosts import Lan
from .servers import Server
from .story import Story


def possible() -> bool:
    """Return True if this machine can make hosts of its own and has the client that the story uses."""
    return sys.platform == "linux" and os.geteuid() == 0 and all(map(shutil.which, ("ip", "udhcpc")))


def follow(name: str, log: Path, ended: threading.Event) -> None:
    """Show a server's log as it grows."""
    position = 0
    while not ended.wait(0.2):
        if log.exists():
            with log.open() as file:
                file.seek(position)
                for line in iter(file.readline, ""):
                    show(f"{name} | {line.rstrip()}")
                position = file.tell()


def in_namespaces(folder: Path) -> None:
    """The story, chapter by chapter."""
    ended = threading.Event()
    with Lan() as lan:
        story = Story(lan, folder, "ours", "ours")
        for server in (story.server1, story.server2):
            threading.Thread(target=follow, args=(server.folder.name, _log(server), ended), daemon=True).start()
        chapters = (
            ("Two hosts, the tutorial's two files unchanged: both servers start", story.both_start),
            ("A client comes (udhcpc)", story.a_client_comes),
            ("It reboots and asks for its address", story.the_client_reboots),
            ("server1 is stopped; server2 takes over when 10 seconds are over", story.server1_stops),
            ("server2 serves a second client, and the first one again", story.server2_serves_alone),
            ("server1 comes back and fetches the leases", story.server1_returns),
            ("server1 serves both clients again", story.server1_serves_again),
        )
        for title, chapter in chapters:
            say(title)
            chapter()
            time.sleep(0.5)
        ended.set()
        story.end()
    say("Nothing was lost. The end.")


def _log(server: Server) -> Path:
    return server.folder / "server.log"


def main() -> int:
    """Exit status 0 when everything went as told."""
    if not possible():
        say("No root, no Linux, or no udhcpc: the story is told on loopback")
        return on_loopback(["story"])
    with tempfile.TemporaryDirectory(prefix="keadhcp-") as folder:
        try:
            in_namespaces(Path(folder))
        except AssertionError as error:
            say(f"It did not work: {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
