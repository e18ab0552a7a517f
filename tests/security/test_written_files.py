"""Files that a command makes the server write: where, under which names, and who may read them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.log.outputs import SMALLEST_ROTATION, File
from kea_twisted.adapters.memfile.leasecleaner import merge
from kea_twisted.adapters.memfile.leasefile import LeaseFile, LeaseFileUnusable
from kea_twisted.adapters.system.leasefiles import LeaseFiles
from kea_twisted.adapters.system.links import open_own
from kea_twisted.adapters.system.ownership import replace_file
from kea_twisted.config.filenames import must_be_data
from kea_twisted.events import INFO
from kea_twisted.lease.csvrow import HEADER
from kea_twisted.lease.store import LeaseStore
from tests.fakes import RecordingLog
from tests.security.strangers import Target

PROGRAMS = (
    "evil.py", "evil.pyc", "evil.PY", "evil.pth", "evil.so", "evil.so.1x", "evil.sh", "evil.pl", "evil.log.py", "evil.",
    "evil.service", "evil.desktop", "evil.rules", ".bashrc", ".profile", "evil.egg-link", "evil.zip", "evil.cgi",
)  # fmt: skip
DATA = ("kea-dhcp4.log", "kea-leases4.csv", "dhcp4", "kea.log.1", "kea.conf.2024-05-01", "KEA.LOG", "x.py.log", "kea_4")


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def logger(output: str) -> list[dict[str, Any]]:
    """A logger that writes a program, but for the suffix."""
    pattern = "import os; os.system('id')%n#%m%n"
    return [{"name": "kea-dhcp4", "output-options": [{"output": output, "pattern": pattern}]}]


def refused(target: Target, **more: Any) -> str:
    """The text with which a configuration is refused, by both commands alike."""
    tested = target.command("config-test", target.tree(**more))
    answer = target.command("config-set", target.tree(**more))
    assert (tested["result"], answer["result"]) == (1, 1) and tested["text"] == answer["text"]
    return str(answer["text"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_neither_a_logger_nor_a_lease_file_nor_a_command_can_make_a_program(target: Target, name: str) -> None:
    invalid = f"invalid file name specified: '{name}'"
    assert invalid in refused(target, loggers=logger(name))
    assert invalid in refused(target, loggers=logger(f"{target.root}/log/{name}"))
    assert invalid in refused(target, lease_database={"type": "memfile", "name": name})
    assert invalid in target.command("config-write", {"filename": name})["text"]
    target.use("libdhcp_lease_cmds.so")
    assert invalid in target.command("lease4-write", {"filename": name})["text"]


@pytest.mark.parametrize("name", DATA)
def test_names_of_data_are_fine(target: Target, name: str) -> None:
    must_be_data(name)
    assert target.command("config-test", target.tree(loggers=logger(name)))["result"] == 0
    assert target.command("config-write", {"filename": name})["result"] == 0


@pytest.mark.parametrize("name", ["/etc/cron.d/evil", "../evil", "sub/evil", "/tmp/evil.log"])
def test_nothing_is_written_outside_of_the_folders(target: Target, name: str) -> None:
    assert "invalid path specified" in refused(target, loggers=logger(name))
    assert "invalid path specified" in refused(target, lease_database={"type": "memfile", "name": name})
    assert "not allowed to write config into" in target.command("config-write", {"filename": name})["text"]
    target.use("libdhcp_lease_cmds.so")
    assert "invalid path specified" in target.command("lease4-write", {"filename": name})["text"]


@pytest.mark.parametrize("name", ["stdout:evil.py", "stderr:/x/evil.py", "stdout:/../../evil.log", "stderr:evil.py"])
def test_a_file_that_is_named_like_a_stream_is_a_file(target: Target, name: str) -> None:
    assert "specified" in refused(target, loggers=logger(name))


def test_the_older_keywords_of_loggers_are_looked_at_like_the_newer_ones(target: Target) -> None:
    options = logger("evil.py")[0]["output-options"]
    assert "evil.py" in refused(target, loggers=[{"name": "kea-dhcp4", "output_options": options}])
    beside = {**target.tree(), "Logging": {"loggers": logger("evil.py")}}
    assert target.command("config-test", beside)["result"] == 1


@pytest.mark.parametrize("name", ["stdout", "stderr", "syslog", "syslog:daemon"])
def test_streams_and_the_system_log_are_fine(target: Target, name: str) -> None:
    assert target.command("config-test", target.tree(loggers=logger(name)))["result"] == 0


def test_the_configuration_file_may_have_any_name_its_operator_gave_it(target: Target) -> None:
    target.serve(target.root / "etc" / "kea.example.org")
    assert target.command("config-write")["result"] == 0


def test_files_with_secrets_are_not_for_others(target: Target) -> None:
    before = os.umask(0)
    try:
        (target.root / "etc" / "open.conf").write_text("")
        target.use("libdhcp_lease_cmds.so")
        assert target.command("config-write", {"filename": "new.conf"})["result"] == 0
        assert target.command("config-write", {"filename": "open.conf"})["result"] == 0
        assert target.command("lease4-write", {"filename": "leases.csv"})["result"] == 0
    finally:
        os.umask(before)
    assert mode(target.root / "etc" / "new.conf") == 0o640
    assert mode(target.root / "etc" / "open.conf") == 0o660
    assert mode(target.root / "data" / "leases.csv") == 0o640


def test_lease4_write_keeps_the_file_that_it_replaces(target: Target) -> None:
    folder = target.root / "data"
    (folder / "leases.csv").write_text("before")
    (folder / f"leases.csv.bak{os.getpid()}").symlink_to(target.root / "victim")
    target.use("libdhcp_lease_cmds.so")
    assert target.command("lease4-write", {"filename": "leases.csv"})["result"] == 0
    kept = folder / f"leases.csv.bak{os.getpid()}"
    assert (kept.read_text(), kept.is_symlink()) == ("before", False)
    assert (folder / "leases.csv").read_text().startswith("address,hwaddr")
    assert not (target.root / "victim").exists()


def test_config_write_follows_no_link_that_lies_in_wait(target: Target) -> None:
    victim = target.root / "victim"
    victim.write_text("untouched")
    folder = target.root / "etc"
    for name in ("kea.conf.new", "kea.conf.tmp", ".kea.conf.new"):
        (folder / name).symlink_to(victim)
    assert target.command("config-write")["result"] == 0
    assert victim.read_text() == "untouched"
    assert json.loads((folder / "kea.conf").read_text())["Dhcp4"]
    assert len(list(folder.iterdir())) == 4


def test_a_link_of_the_name_itself_stays_and_what_it_names_is_written(target: Target) -> None:
    folder = target.root / "etc"
    (folder / "real.conf").write_text("old")
    (folder / "linked.conf").symlink_to("real.conf")
    assert target.command("config-write", {"filename": "linked.conf"})["result"] == 0
    assert (folder / "linked.conf").is_symlink()
    assert json.loads((folder / "real.conf").read_text())["Dhcp4"]


def test_a_link_out_of_the_folder_is_refused(target: Target) -> None:
    victim = target.root / "victim"
    victim.write_text("untouched")
    (target.root / "etc" / "linked.conf").symlink_to(victim)
    (target.root / "data" / "linked.csv").symlink_to(victim)
    answer = target.command("config-write", {"filename": "linked.conf"})
    assert "it is a symbolic link to" in answer["text"] and answer["result"] == 1
    target.use("libdhcp_lease_cmds.so")
    answer = target.command("lease4-write", {"filename": "linked.csv"})
    assert "it is a symbolic link to" in answer["text"] and answer["result"] == 1
    assert victim.read_text() == "untouched"


def test_a_write_that_fails_leaves_nothing_behind(trusted: Path) -> None:
    (trusted / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(str(trusted / "folder"), "text")
    with pytest.raises(UnicodeEncodeError):
        replace_file(str(trusted / "file"), "half a character \ud800")
    assert [each.name for each in trusted.iterdir()] == ["folder"]


def places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """The places of all strings in a tree."""
    if isinstance(value, str):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


FULL: Any = {
    "hooks-libraries": [{"library": "X.py"}],
    "loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "X", "pattern": "%D{%q} %m"}]}],
    "lease-database": {"type": "memfile", "name": "X"},
    "control-sockets": [
        {"socket-type": "unix", "socket-name": "X"},
        {
            "socket-type": "https", "socket-address": "127.0.0.1", "socket-port": 1, "trust-anchor": "X",
            "cert-file": "X", "key-file": "X",
            "authentication": {
                "type": "basic", "realm": "R", "directory": "X",
                "clients": [{"user": "u", "password-file": "X"}, {"user-file": "X", "password": "p"}],
            },
        },
    ],
    "interfaces-config": {"interfaces": ["eth0"]},
    "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "interface": "eth0", "boot-file-name": "b"}],
}  # fmt: skip


@pytest.mark.parametrize("place", list(places(FULL)), ids=lambda place: ".".join(map(str, place)))
def test_no_string_of_a_configuration_surprises_the_operating_system(target: Target, place: Any) -> None:
    for text in ("a\0b", "/" + "x" * 5000, "x" * 300):
        tree = json.loads(json.dumps(FULL))
        inner = tree
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = text
        answer = target.command("config-test", {"Dhcp4": tree})
        assert "Error during command processing" not in answer["text"]
    assert not [line for line in target.log.lines if line[0] == "COMMAND_FAILED_UNEXPECTEDLY"]


@pytest.mark.parametrize("keyword", ["library", "output", "pattern", "name", "socket-name"])
def test_a_nul_in_a_name_is_said(target: Target, keyword: str) -> None:
    tree = {
        "library": {"hooks_libraries": [{"library": "a\0.py"}]},
        "output": {"loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "a\0"}]}]},
        "pattern": {"loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "a", "pattern": "%D{\0}"}]}]},
        "name": {"lease_database": {"type": "memfile", "name": "a\0"}},
        "socket-name": {"control_sockets": [{"socket-type": "unix", "socket-name": "a\0"}]},
    }[keyword]
    assert f"'{keyword}' in" in (text := refused(target, **tree)) and "must not contain a NUL character" in text


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "", ".", ".."])
def test_a_command_s_file_name_gets_an_answer(target: Target, name: str) -> None:
    target.use("libdhcp_lease_cmds.so")
    for command in ("config-write", "lease4-write") if name else ("lease4-write",):
        answer = target.command(command, {"filename": name})
        assert answer["result"] == 1 and "Error during command processing" not in answer["text"]
    assert not [line for line in target.log.lines if line[0] == "COMMAND_FAILED_UNEXPECTEDLY"]


STRANGER = 65534
FOREIGN = f"it is a symbolic link of user {STRANGER}, only those of root and the server's user are followed"


@pytest.fixture
def victim(target: Target) -> Path:
    """A file outside of the folders."""
    path = target.root / "victim"
    path.write_text("untouched")
    return path


def lead(link: Path, to: Path, owner: int = STRANGER) -> None:
    """Make a symbolic link of another user."""
    link.symlink_to(to)
    try:
        os.lchown(link, owner, owner)
    except PermissionError:
        pytest.skip("only root can give files away")


def test_no_log_is_written_through_a_link_of_another_user(target: Target, victim: Path) -> None:
    link = target.root / "log" / "linked.log"
    lead(link, victim)
    assert f"'output': {link} cannot be written: {FOREIGN}" in refused(target, loggers=logger("linked.log"))
    lead(target.root / "log" / "again.log", link, os.geteuid())
    assert f"{FOREIGN}" in refused(target, loggers=logger("again.log"))
    with pytest.raises(PermissionError, match="symbolic link of user"):
        open_own(str(link), os.O_WRONLY)
    assert victim.read_text() == "untouched"


def test_an_operator_may_keep_the_log_elsewhere_by_a_link(target: Target, victim: Path) -> None:
    (target.root / "log" / "linked.log").symlink_to("again.log")
    (target.root / "log" / "again.log").symlink_to(victim)
    assert target.command("config-test", target.tree(loggers=logger("linked.log")))["result"] == 0
    file = File(str(target.root / "log" / "linked.log"), 0, 0)
    file.taker(INFO)("and a line")
    file.close()
    assert victim.read_text() == "untouchedand a line"


def test_a_link_that_leads_to_itself_is_no_log(target: Target) -> None:
    (target.root / "log" / "loop.log").symlink_to("loop.log")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        open_own(str(target.root / "log" / "loop.log"), os.O_WRONLY)


def test_a_log_that_is_full_is_emptied_and_nothing_that_has_taken_its_name(target: Target, victim: Path) -> None:
    path = target.root / "log" / "full.log"
    file = File(str(path), SMALLEST_ROTATION, 0)
    file.taker(INFO)("a line")
    file.flush()
    path.unlink()
    path.symlink_to(victim)
    file.taker(INFO)("x" * (SMALLEST_ROTATION + 1))
    file.close()
    assert victim.read_text() == "untouched"


def test_no_leases_are_read_or_written_through_a_link_of_another_user(target: Target, victim: Path) -> None:
    link = target.root / "data" / "linked.csv"
    lead(link, victim)
    database = {"type": "memfile", "name": "linked.csv"}
    assert f"'name': {link} cannot be written: {FOREIGN}" in refused(target, lease_database=database)
    with pytest.raises(LeaseFileUnusable, match="symbolic link of user"):
        LeaseFile(str(link), RecordingLog()).load(LeaseStore())
    assert victim.read_text() == "untouched"


def test_no_cleaning_of_leases_goes_through_a_link(target: Target, victim: Path) -> None:
    files = LeaseFiles.of(str(target.root / "data" / "leases.csv"))
    Path(files.input).write_text(f"{HEADER}\n")
    Path(files.output).symlink_to(victim)
    merge(files)
    assert victim.read_text() == "untouched" and Path(files.finish).read_text() == f"{HEADER}\n"
    os.unlink(files.finish)
    os.unlink(files.input)
    lead(Path(files.input), victim)
    with pytest.raises(PermissionError, match="symbolic link of user"):
        merge(files)


def test_no_leases_of_an_older_schema_are_converted_through_a_link(target: Target, victim: Path) -> None:
    files = LeaseFiles.of(str(target.root / "data" / "leases.csv"))
    older = f"{HEADER.rpartition(',')[0]}\n"
    Path(files.current).write_text(older)
    Path(files.input).write_text(older)  # so that the file cannot be put aside
    Path(f"{files.current}.converted").symlink_to(victim)
    lease_file = LeaseFile(files.current, RecordingLog())
    lease_file.load(LeaseStore())
    lease_file.close()
    assert victim.read_text() == "untouched" and Path(files.current).read_text() == f"{HEADER}\n"


@pytest.fixture
def together(trusted: Path) -> Target:
    """A server whose logs and leases are in the folder of its configuration, which consists of several files."""
    target = Target(trusted, written="etc")
    folder = trusted / "etc"
    clients = [{"user": "u", "password-file": str(folder / "secret.7")}]
    socket = {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 1}
    socket["authentication"] = {"type": "basic", "clients": clients}
    (folder / "leases").write_text('{"type": "memfile", "persist": false}')
    (folder / "secret.7").write_text("hay")
    tree = json.dumps(target.tree("libdhcp_lease_cmds.so", control_sockets=[socket], lease_database="LEASES"))
    (folder / "kea.conf").write_text(tree.replace('"LEASES"', f'<?include "{folder}/leases"?>'))
    settings = target.source.read()
    target.server.use(settings)
    target.server.loaded.load(settings)
    return target


@pytest.mark.parametrize("name", ["kea.conf", "leases", "secret.7", "secret"])
def test_nothing_is_written_over_a_file_of_the_configuration(together: Target, name: str) -> None:
    """A reload would follow an ``include`` that the pattern of a log has written there."""
    etc = together.root / "etc"
    before = {each.name: each.read_text() for each in etc.iterdir()}
    replaced = etc / ("secret.7" if name == "secret" else name)  # the seventh of rotated logs
    answers = [
        refused(together, loggers=logger(name)),
        refused(together, loggers=logger(f"{etc}/{name}")),
        refused(together, lease_database={"type": "memfile", "name": name}),
    ]
    for command in ("lease4-write", "config-write"):
        if command == "lease4-write" or name != "kea.conf":
            answers.append(together.command(command, {"filename": name})["text"])
    assert all(f"it would replace {replaced}, which belongs to the configuration" in text for text in answers)
    assert {each.name: each.read_text() for each in etc.iterdir()} == before


def test_other_files_beside_the_configuration_may_be_written(together: Target) -> None:
    assert together.command("config-test", together.tree(loggers=logger("kea")))["result"] == 0
    assert together.command("config-write")["result"] == 0
    assert together.command("config-write", {"filename": "new.conf"})["result"] == 0
    assert together.command("lease4-write", {"filename": "leases.csv"})["result"] == 0


def test_a_log_that_is_kept_any_number_of_times_costs_no_memory(target: Target) -> None:
    path = target.root / "log" / "kept.log"
    file = File(str(path), SMALLEST_ROTATION, 2**32 - 1)
    for text in ("first", "second", "third"):
        file.taker(INFO)(text + "x" * SMALLEST_ROTATION)
        file.flush()
    file.close()
    assert [Path(f"{path}.{number}").read_text()[:5] for number in (1, 2, 3)] == ["third", "secon", "first"]
    assert not Path(f"{path}.4").exists()
