"""Options 43 and 224 to 254 as classes define them: a real Kea and ours do the same with the same frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from .needs import need
from .test_reservations_kea import compare
from .vendorclasses import CLIENTS, SCENES


@pytest.mark.live
@pytest.mark.parametrize("name", SCENES)
def test_an_option_means_what_the_class_says(tmp_path: Path, name: str) -> None:
    need("kea30")
    assert compare(tmp_path, SCENES[name], CLIENTS, len(name)) == []
