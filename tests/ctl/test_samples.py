"""The sample files that keadhcp-ctl prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kea_twisted.ctl.main import main
from kea_twisted.ctl.samples import SAMPLES

CONF = Path(__file__).parents[2] / "conf"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_printed_as_it_is(name: str) -> None:
    result = CliRunner().invoke(main, ["sample", name])
    assert (result.exit_code, result.stdout) == (0, (CONF / SAMPLES[name][0]).read_text())


def test_every_file_is_a_sample_that_is_listed() -> None:
    assert {path for path, _ in SAMPLES.values()} == {
        str(path.relative_to(CONF)) for path in CONF.rglob("*") if path.is_file()
    }
    shown = CliRunner().invoke(main, ["sample"]).stdout.splitlines()
    assert [line.split()[0] for line in shown] == list(SAMPLES)
    assert CliRunner().invoke(main, ["sample", "nothing"]).exit_code == 2
