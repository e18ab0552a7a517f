"""The distributions: what is in them, and that they work where the checkout is not."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def run(*words: object, cwd: Path, **environment: str) -> str:
    """Run a program that must succeed and return what it printed."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "KEA_TWISTED_COMPILE")}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=env | environment, text=True, check=False, timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, made from a copy of what git has."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout")
    folder = tmp_path_factory.mktemp("source")
    names = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    listed = folder.with_suffix(".list")
    listed.write_text("\0".join(name for name in names if (ROOT / name).exists() or (ROOT / name).is_symlink()))
    archive = folder.with_suffix(".tar")
    run("tar", "--null", "-T", listed, "-cf", archive, cwd=ROOT)
    run("tar", "-xf", archive, cwd=folder)
    run(sys.executable, "setup.py", "-q", "sdist", cwd=folder)
    [made] = (folder / "dist").glob("*.tar.gz")
    return made


@pytest.fixture(scope="module")
def installed(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a virtual environment with the wheel that the source distribution makes.

    What the wheel declares to need, and nothing else, is linked from this environment: a download would take minutes.
    """
    folder = tmp_path_factory.mktemp("v")
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, sdist, cwd=folder)
    [wheel] = folder.glob("*.whl")
    run(*pip, "--python", folder / "bin" / "python", "install", "--no-deps", wheel, cwd=folder)
    [packages] = (folder / "lib").glob("python*/site-packages")
    needed = folder / "needed"
    needed.mkdir()
    for name in {path for each in required(next(packages.glob("kea_twisted-*"))) for path in top_level(each)}:
        (needed / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
    (packages / "needed.pth").write_text(str(needed))
    return folder / "bin"


def required(metadata: Path) -> Iterator[Distribution]:
    """Yield the distributions that a distribution needs with its extra ``ddns``, in the versions that it allows."""
    found: set[tuple[str, str]] = set()
    rows = [(row, ("", "ddns")) for row in Distribution.at(metadata).requires or ()]
    while rows:
        row, extras = rows.pop()
        need = Requirement(row)
        if need.marker is not None and not any(need.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        here = distribution(need.name)
        assert need.specifier.contains(here.version, prereleases=True), f"{row}: {here.version}"
        new = {(need.name, extra) for extra in ("", *need.extras)} - found
        if new:
            found |= new
            rows += [(each, tuple(extra for _, extra in new)) for each in here.requires or ()]
            yield here


def top_level(found: Distribution) -> set[str]:
    """Return the names that a distribution has in its folder of packages."""
    return {path.parts[0] for path in found.files or () if path.parts[0] not in ("..", "__pycache__")}


def test_the_source_distribution_is_complete(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for wanted in (
        *(
            "LICENSE",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            "README.md",
            "Makefile",
            "setup.py",
            "noxfile.py",
        ),
        *("tests/conftest.py", "tests/live/test_kea_program.py", "tests/data/tutorial/server1.conf"),
        *("docs/compatibility.md", "docs/examples", "bench/packetpath.py", "twisted/plugins/kea_twisted_plugin.py"),
        *("kea_twisted/conf/rc.d/keadhcp", "kea_twisted/conf/systemd/keadhcp.service", "kea_twisted/py.typed"),
    ):
        assert wanted in names, wanted
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]


def test_an_installation_works_on_its_own(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import kea_twisted; print(kea_twisted.__file__)", cwd=tmp_path)
    assert where.startswith(str(installed.parent))
    sample = run(installed / "keadhcp-ctl", "sample", "single", cwd=tmp_path)
    file = tmp_path / "kea-dhcp4.conf"
    file.write_text(sample.replace("em1", "lo" if sys.platform == "linux" else "lo0"))
    assert run(installed / "kea-dhcp4", "-t", file, cwd=tmp_path) == ""
    twistd = "from twisted.scripts.twistd import run; run()"
    checked = run(installed / "python", "-c", twistd, "keadhcp", "-t", file, cwd=tmp_path)
    assert f"{file}: the configuration can be used" in checked
    for sample in ("rc.d", "systemd", "hot-standby-1"):
        assert run(installed / "keadhcp-ctl", "sample", sample, cwd=tmp_path).strip()
    assert "Usage: keadhcp-ctl" in run(installed / "keadhcp-ctl", "--help", cwd=tmp_path)
    assert "linked with:" in run(installed / "kea-dhcp4", "-V", cwd=tmp_path)


IMPORTS = """
import importlib, pkgutil, kea_twisted
for each in pkgutil.walk_packages(kea_twisted.__path__, "kea_twisted."):
    if each.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(each.name)
    except ModuleNotFoundError as error:
        print(error.name)
"""


def test_every_module_can_be_imported_with_what_is_declared(installed: Path, tmp_path: Path) -> None:
    """All but what extras bring, which each say so where they are needed."""
    missing = set(run(installed / "python", "-c", IMPORTS, cwd=tmp_path).split())
    assert missing <= {"prometheus_client", "psycopg", "pymysql"}


def test_dns_updates_need_their_extra(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "kea-dhcp-ddns.conf"
    file.write_text('{"DhcpDdns": {}}')  # the sample names a file with a key
    assert "dnspython" in run(installed / "kea-dhcp-ddns", "-V", cwd=tmp_path)
    assert run(installed / "kea-dhcp-ddns", "-t", file, cwd=tmp_path) == ""
    without = (
        "import sys; sys.modules['dns'] = None; from kea_twisted.kea_dhcp_ddns import main; print(main(sys.argv[1:]))"
    )
    for option in ("-t", "-c"):
        said = run(installed / "python", "-c", without, option, file, cwd=tmp_path)
        assert said == "DNS updates need dnspython, which is not installed: pip install 'kea-twisted[ddns]'\n1\n"


def test_the_metadata_is_complete() -> None:
    metadata = distribution("kea-twisted").metadata
    for name in ("Author", "Summary", "Keywords", "Requires-Python", "Description-Content-Type"):
        assert metadata[name], name
    assert "MIT" in (metadata["License"] or "") + (metadata["License-Expression"] or "")
    assert metadata.get_all("License-File") == ["LICENSE"]
