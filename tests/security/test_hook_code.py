"""Senders of commands must not be able to run code: every way in that a library's name could be."""

from __future__ import annotations

import io
import marshal
import os
import struct
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from kea_twisted.adapters.plugins.trust import Untrusted, read_trusted, trusted_owners
from kea_twisted.server.checkfile import check_file
from kea_twisted.tap import Options
from tests.security.strangers import HEAD, LIBRARY, Target

NOBODY = 65534
WAY_OUT = " (the environment variable KEA_HOOKS_PATH names another folder, -X allows any)"


def test_a_file_in_the_hook_folder_is_loaded_and_only_when_it_is_used(target: Target) -> None:
    target.evil(target.hooks / "mine.py")
    assert target.command("config-test", target.tree("mine.py"))["result"] == 0
    assert not target.proof.exists()
    assert target.command("config-set", target.tree(str(target.hooks / "mine.py")))["result"] == 0
    assert target.proof.exists()


@pytest.mark.parametrize("name", ["log/evil.py", "data/evil.py", "run/evil.py", "etc/evil.py", "evil.py"])
def test_a_file_elsewhere_is_refused_in_the_words_of_kea(target: Target, name: str) -> None:
    path = target.evil(target.root / name)
    text = f"invalid path specified: '{path.parent}', supported path is '{target.hooks}'"
    assert target.attack(str(path)) == f"hooks library configuration error: {text}{WAY_OUT}"


@pytest.mark.parametrize("name", ["../evil.py", "./../evil.py", "sub/evil.py", "sub/../../evil.py"])
def test_no_relative_path_leaves_the_folder(target: Target, name: str) -> None:
    (target.hooks / "sub").mkdir()
    target.evil(target.root / "evil.py")
    target.evil(target.hooks / "sub" / "evil.py")
    assert "invalid path specified: " in target.attack(name)


def test_a_symbolic_link_in_the_folder_is_followed_to_a_file_that_others_can_write(target: Target) -> None:
    (target.root / "open").mkdir()
    (target.root / "open").chmod(0o777)
    target.evil(target.root / "open" / "evil.py")
    (target.hooks / "linked.py").symlink_to("../open/evil.py")
    assert f"{target.root / 'open'} has mode 0777, others can write to it" in target.attack("linked.py")


@pytest.mark.parametrize("mode", [0o660, 0o646, 0o666])
def test_a_file_that_others_can_write_is_refused(target: Target, mode: int) -> None:
    path = target.evil(target.hooks / "evil.py", mode)
    assert f"{path} has mode {mode:04o}, others can write to it: chmod go-w {path}" in target.attack("evil.py")


@pytest.mark.parametrize("mode", [0o770, 0o757, 0o1777, 0o2775])
@pytest.mark.parametrize("name", ["hooks", "."])
def test_a_folder_that_others_can_write_is_refused(target: Target, mode: int, name: str) -> None:
    target.evil(target.hooks / "evil.py", 0o600)
    (target.root / name).chmod(mode)
    assert f"has mode {mode:04o}, others can write to it" in target.attack("evil.py")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["hooks/evil.py", "hooks", "."])
def test_a_file_or_folder_of_another_user_is_refused(target: Target, name: str) -> None:
    target.evil(target.hooks / "evil.py", 0o600)
    os.chown(target.root / name, NOBODY, -1)
    assert f"belongs to user {NOBODY}: only root and the server's user may own it" in target.attack("evil.py")


@pytest.mark.parametrize("name", ["data", "log", "run", "etc"])
def test_the_hook_folder_cannot_be_one_that_the_server_writes_to(trusted: Path, name: str) -> None:
    target = Target(trusted)
    target.evil(target.root / name / "evil.py")
    target.hooks.rmdir()
    target.hooks.symlink_to(name)
    assert f"the server itself writes files into {target.root / name}" in target.attack("evil.py")


@pytest.mark.parametrize("name", ["data", "log", "run", "etc"])
def test_nor_can_a_link_in_the_hook_folder_lead_there(target: Target, name: str) -> None:
    target.evil(target.root / name / "evil.py")
    (target.hooks / "linked.py").symlink_to(f"../{name}/evil.py")
    assert f"the server itself writes files into {target.root / name}" in target.attack("linked.py")


@pytest.mark.parametrize("name", ["antigravity", "subprocess", "this", "os.path", "xml.sax:ContentHandler"])
def test_a_module_that_the_operator_did_not_list_is_not_imported(
    target: Target, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = name.partition(":")[0]
    monkeypatch.delitem(sys.modules, module, raising=False)
    assert "nor a module that may be loaded: start the server with --hook-module" in target.attack(name)
    assert module not in sys.modules


def test_checking_a_module_that_is_listed_imports_neither_it_nor_its_package(
    trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target(trusted, ("guestbook.door",))
    package = trusted / "lib" / "guestbook"
    package.mkdir(parents=True)
    target.evil(package / "__init__.py")
    target.evil(package / "door.py")
    monkeypatch.syspath_prepend(str(trusted / "lib"))
    assert target.command("config-test", target.tree("guestbook.door"))["result"] == 0
    assert not target.proof.exists()
    package.chmod(0o770)
    assert "others can write to it" in target.attack("guestbook.door")


@pytest.mark.parametrize(("mode", "there"), [(0o777, True), (0o777, False), (0o750, True)])
def test_the_compiled_form_of_a_module_that_is_listed_is_examined(
    trusted: Path, monkeypatch: pytest.MonkeyPatch, mode: int, there: bool
) -> None:
    target = Target(trusted, ("ledger",))
    cache = trusted / "lib" / "__pycache__"
    cache.mkdir(parents=True)
    (trusted / "lib" / "ledger.py").write_text(f"{HEAD}{LIBRARY}")
    (trusted / "lib" / "ledger.py").chmod(0o640)
    if there:
        target.evil(trusted / "evil.py")
        planted = cache / f"ledger.{sys.implementation.cache_tag}.pyc"
        planted.write_bytes(compiled(trusted / "evil.py", trusted / "lib" / "ledger.py"))
        planted.chmod(0o666)
    cache.chmod(mode)
    monkeypatch.syspath_prepend(str(trusted / "lib"))
    assert "others can write to it" in target.attack("ledger")


def compiled(source: Path, instead_of: Path) -> bytes:
    """A file that Python takes for the compiled form of another source file."""
    status = instead_of.stat()
    head = struct.pack("<III", 0, int(status.st_mtime), status.st_size)
    return MAGIC_NUMBER + head + marshal.dumps(compile(source.read_text(), str(instead_of), "exec"))


def test_a_module_of_the_hook_folder_cannot_take_the_place_of_a_module_that_is_listed(trusted: Path) -> None:
    target = Target(trusted, ("not_installed_anywhere",))
    target.evil(target.hooks / "not_installed_anywhere.py")
    assert "No module named 'not_installed_anywhere'" in target.attack("not_installed_anywhere")


def test_every_file_of_a_package_is_examined(target: Target) -> None:
    package = target.hooks / "guests"
    package.mkdir(mode=0o750)
    (package / "__init__.py").write_text(f"{HEAD}from .helper import x\n{LIBRARY}")
    (package / "__init__.py").chmod(0o640)
    target.evil(package / "helper.py", 0o666)
    answer = target.command("config-set", target.tree("guests"))
    assert answer["result"] == 1 and "helper.py has mode 0666" in answer["text"]
    assert not target.proof.exists()


def test_compiled_files_are_neither_used_nor_made(target: Target) -> None:
    target.evil(target.hooks / "mine.py")
    (target.hooks / "__pycache__").mkdir()
    (target.hooks / "__pycache__" / f"mine.{sys.implementation.cache_tag}.pyc").write_bytes(b"planted")
    assert target.command("config-set", target.tree("mine.py"))["result"] == 0
    assert len(os.listdir(target.hooks / "__pycache__")) == 1


@pytest.mark.parametrize("body", ["def\n", "x = 1\n", "class Evil:\n    pass\n", "\0", "return 1\n"])
def test_a_check_sees_what_cannot_be_loaded_without_running_it(target: Target, body: str) -> None:
    (target.hooks / "odd.py").write_text(body)
    (target.hooks / "odd.py").chmod(0o640)
    assert "hooks library 'odd.py'" in target.attack("odd.py")


def test_no_pipe_or_device_can_hold_the_server_up(target: Target) -> None:
    os.mkfifo(target.hooks / "pipe.py", 0o600)
    assert "is not a regular file" in target.attack("pipe.py")


def test_what_is_read_is_what_was_examined(trusted: Path) -> None:
    file = trusted / "a.py"
    file.write_text("good")
    file.chmod(0o600)
    (trusted / "there").mkdir()
    (trusted / "there" / "b.py").symlink_to("../a.py")
    assert read_trusted(str(trusted / "there" / "b.py"), trusted_owners()) == b"good"
    assert read_trusted(f"{trusted}/there/../there/.././a.py", trusted_owners()) == b"good"
    (trusted / "loop").symlink_to("loop")
    with pytest.raises(Untrusted, match="too many symbolic links"):
        read_trusted(str(trusted / "loop"), trusted_owners())
    with pytest.raises(IsADirectoryError):
        read_trusted(f"{trusted}/there/..", trusted_owners())
    with pytest.raises(FileNotFoundError):
        read_trusted(str(trusted / "none" / "a.py"), trusted_owners())


def test_only_the_operator_s_own_check_runs_code(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    target.evil(target.hooks / "mine.py")
    file = target.root / "etc" / "kea.conf"
    file.write_text('{"Dhcp4": {"hooks-libraries": [{"library": "mine.py"}]}}')
    monkeypatch.setenv("KEA_HOOKS_PATH", str(target.hooks))
    assert check_file(str(file), io.StringIO()) == 0
    assert not target.proof.exists()
    with pytest.raises(SystemExit) as exit:
        Options().parseOptions(["-t", str(file)])
    assert exit.value.code == 0 and not target.proof.exists()
    with pytest.raises(SystemExit):
        Options().parseOptions(["-T", str(file)])
    assert target.proof.exists()


def test_the_operator_lists_modules_by_option_and_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from kea_twisted.adapters.system.folders import Folders

    options = Options()
    options.parseOptions(["-c", "x", "--hook-module", "a.b", "--hook-module", "c"])
    assert options["hook-modules"] == ("a.b", "c")
    folders = Folders.of({"KEA_TWISTED_HOOK_MODULES": "d, e f", "KEA_HOOKS_PATH": "/h"}, modules=("a.b",))
    assert (folders.modules, folders.hooks) == (("d", "e", "f", "a.b"), "/h")


def test_x_says_what_it_switches_off() -> None:
    text = next(row[2] for row in Options.optFlags if row[0] == "unchecked")
    assert "hook" in text and "log" in text and "socket" in text and "lease" in text and "HTTP" in text
