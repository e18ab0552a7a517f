"""A server as it runs by default, all rules in force, and what is needed to attack it with commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from kea_twisted import config
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.server.configfile import ConfigFile
from kea_twisted.testing import server_in_memory
from tests.commands.answers import answer_of
from tests.fakes import RecordingLog

HEAD = "from kea_twisted.hooks.library import HookLibrary\n"
LIBRARY = "class Evil(HookLibrary):\n    pass\n"


class Target:
    """A running server whose folders are below ``root``, and a file that only code run by it would make.

    ``written`` is the folder of leases and logs, where that is one.
    """

    def __init__(self, root: Path, modules: tuple[str, ...] = (), written: str = "") -> None:
        self.root = root
        for name in ("data", "log", "run", "etc", "hooks"):
            (root / name).mkdir(mode=0o750)
        self.hooks = root / "hooks"
        self.proof = root / "proof"
        self.log = RecordingLog()
        self.log.configure = lambda *arguments: None  # type: ignore[attr-defined]
        folders = Folders(
            str(root / (written or "data")), str(root / (written or "log")), str(root / "run"), str(root / "run"), True,
            str(self.hooks), modules,
        )  # fmt: skip
        self._folders = folders
        self.serve(root / "etc" / "kea.conf")

    def serve(self, file: Path) -> None:
        """Start a server with this configuration file."""
        clock: Any = Clock()
        clock.advance(1_700_000_000)
        self.source = ConfigFile(str(file), self._folders)
        settings = config.load_tree(self.tree(), self.source.library_checks)
        self.server = server_in_memory(clock, self.log, self.source, settings, [])
        self.server.load()

    def evil(self, path: Path, mode: int = 0o640) -> Path:
        """Write a library that leaves the proof when it is run."""
        path.write_text(f"{HEAD}open({str(self.proof)!r}, 'w').close()\n{LIBRARY}")
        path.chmod(mode)
        return path

    def tree(self, *libraries: str, **more: Any) -> dict[str, Any]:
        """A configuration with hook libraries."""
        hooks = [{"library": name} for name in libraries]
        return {"Dhcp4": {"hooks-libraries": hooks, **{key.replace("_", "-"): value for key, value in more.items()}}}

    def command(self, name: str, arguments: Any = None) -> Any:
        """The answer to a command."""
        return answer_of(self.server, name, arguments)

    def use(self, *libraries: str) -> None:
        """Put a configuration with these libraries into force."""
        settings = config.load_tree(self.tree(*libraries), self.source.library_checks)
        self.server.use(settings)
        self.server.loaded.load(settings)

    def attack(self, *libraries: str) -> str:
        """Send config-test and config-set; the text of the second answer. No code may have been run."""
        tested = self.command("config-test", self.tree(*libraries))
        assert not self.proof.exists(), "config-test ran code"
        answer = self.command("config-set", self.tree(*libraries))
        assert not self.proof.exists(), "config-set ran code"
        assert (tested["result"], answer["result"]) == (1, 1)
        assert tested["text"] == answer["text"]
        return str(answer["text"])
