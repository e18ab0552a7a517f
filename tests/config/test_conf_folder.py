"""Every configuration file that comes with the product loads, and everything in it has an effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_twisted.config import load

CONF = Path(__file__).parent.parent.parent / "conf"
FILES = sorted(path for path in CONF.rglob("*.conf") if "DhcpDdns" not in path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONF)))
def test_a_file_of_the_product_loads(path: Path) -> None:
    def read_include(name: str) -> str:
        return (path.parent / name).read_text()

    settings = load(path.read_text(), str(path), read_include)
    assert settings.no_effect == ()
