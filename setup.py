"""Builds the modules on the packet path as C, from unchanged Python, where ``KEA_TWISTED_COMPILE=1`` asks for it.

All else about the package stands in setup.cfg. The Python modules are installed at any rate: they are the reference,
and what is imported where nothing was compiled.
"""

import glob
import os
import sys

from setuptools import setup

COMPILED = (
    "wire/*.py",
    "lease/*.py",
    "engine/*.py",
    "ha/*.py",
    "hooks/chain.py",
    "hooks/points.py",
    "commands/bulk.py",
    "adapters/log/format.py",
    "adapters/log/logs.py",
    "server/leasewriter.py",
    "server/perform.py",
)
WITHOUT_CODE = {"egg_info", "dist_info", "sdist", "editable_wheel"}  # these only ask what there is
wanted = os.environ.get("KEA_TWISTED_COMPILE") == "1"


def modules():
    """The extension modules that this call of setup needs."""
    if not wanted or WITHOUT_CODE & set(sys.argv):
        return []
    from mypyc.build import mypycify

    found = sorted({path for pattern in COMPILED for path in glob.glob(f"kea_twisted/{pattern}")})
    sources = [path for path in found if not path.endswith("__init__.py")]
    extensions = mypycify(["--config-file=", "--ignore-missing-imports", "--follow-imports=silent", *sources])
    for extension in extensions:
        extension.extra_compile_args.append("-Wno-error")  # what a newer C compiler warns about is not our business
    return extensions


setup(ext_modules=modules(), setup_requires=["mypy >= 1.19"] if wanted else [])
