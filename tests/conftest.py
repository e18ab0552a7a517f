"""Settings for the whole test run."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no defect. Continuous integration tries the same examples every time; searching for new ones is
# for whoever works on the code.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")
