"""The settings of the documentation site: ``make docs`` builds it, warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import reference  # noqa: E402

from kea_twisted import __version__  # noqa: E402

project = "kea-twisted"
author = "the kea-twisted developers"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.graphviz"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["examples"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
graphviz_output_format = "svg"
html_theme = "furo"
html_title = "kea-twisted"

reference.write(HERE / "reference")
