"""Settings for the whole test run."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no defect, and a test run says the same of the same code twice. To search for
# new examples: HYPOTHESIS_PROFILE=search make test
settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
