"""The executable kea-dhcp-ddns and ``twistd keaddns``: options, checks, exit statuses."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
from twisted.python.usage import UsageError

from kea_twisted import __version__, ddnstap, kea_dhcp_ddns


def written(folder: Path, text: str) -> str:
    """A configuration file."""
    file = folder / "d2.conf"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ([], "Usage: kea-dhcp-ddns"),
        (["-h"], "Usage error: unsupported option: -h"),
        (["-c"], "Usage error: -c needs a file"),
        (["-c", "x", "y"], "Usage error: extraneous command line information: y"),
    ],
)
def test_wrong_usage_ends_with_1(capsys: pytest.CaptureFixture[str], arguments: list[str], first: str) -> None:
    assert kea_dhcp_ddns.main(arguments) == 1
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == ("", first)


@pytest.mark.parametrize("option", ["-v", "-V", "-W"])
def test_versions(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert kea_dhcp_ddns.main([option]) == 0
    out = capsys.readouterr().out
    assert __version__ in out and (option == "-v" or "dnspython" in out)


def test_a_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert kea_dhcp_ddns.main(["-t", written(tmp_path, '{"DhcpDdns": {}}')]) == 0
    assert capsys.readouterr() == ("", "")
    path = written(tmp_path, '{"DhcpDdns": {\n"port": 0, "x": 1}}')
    assert kea_dhcp_ddns.main(["-t", path]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"Syntax check failed with: {path}:2:9: ") and "'x' in DhcpDdns" in err
    assert kea_dhcp_ddns.main(["-t", str(tmp_path / "none")]) == 1


def test_a_check_by_twistd(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        ddnstap.Options().parseOptions(["-t", written(tmp_path, '{"DhcpDdns": {}}')])  # type: ignore[no-untyped-call]
    assert ended.value.code == 0 and "can be used" in capsys.readouterr().out


def test_without_a_file() -> None:
    with pytest.raises(UsageError, match="--config FILE"):
        ddnstap.Options().parseOptions([])  # type: ignore[no-untyped-call]


def test_without_dnspython(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *others: object) -> object:
        if name == "dns.update":
            raise ImportError(name)
        return real(name, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UsageError, match=r"pip install 'kea-twisted\[ddns\]'"):
        ddnstap.Options().parseOptions(["-c", "x"])  # type: ignore[no-untyped-call]
