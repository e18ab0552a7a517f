"""The test matrix: every supported Python that is installed, and the oldest Twisted that setup.cfg allows."""

from __future__ import annotations

import nox

TESTS = ("pytest", "-q", "--ignore=tests/live")
QUICK = ("wire", "expr", "lease", "ddns")  # rooms of data, whose tests need no reactor
COVERED = ("config", "ddns", "engine", "expr", "ha", "hooks", "lease", "wire")  # as in the Makefile

nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "oldest"]


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Run all tests that need no network of their own."""
    session.install("--editable", ".[test,lint]", "--config-settings", "editable_mode=compat")
    session.run("python", "-m", *TESTS, *session.posargs)


@nox.session(python="3.13")
def newest(session: nox.Session) -> None:
    """Compile everything with the newest Python, and run a quick part of the tests; part of the whole check."""
    session.install(".[ddns,metrics,postgresql]", "pytest", "pytest-twisted", "pytest-timeout", "hypothesis")
    session.run("python", "-W", "error::SyntaxWarning", "-m", "compileall", "-q", "kea_twisted", "tests")
    session.run("python", "-m", "pytest", "-q", *(f"tests/{room}" for room in QUICK), *session.posargs)


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    """Run them with the oldest Twisted, klein and treq that are allowed."""
    session.install("--editable", ".[test,lint]", "--config-settings", "editable_mode=compat")
    # Twisted before 26 does not work with newer releases of pyOpenSSL.
    session.install("twisted[tls]==24.7", "klein==24.8", "treq==24.9", "pyopenssl<24.3")
    session.run("python", "-m", *TESTS, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure the lines that the tests of rooms below commands run; setup.cfg has the floor."""
    session.install("--editable", ".[test,lint]", "--config-settings", "editable_mode=compat")
    tests = [f"tests/{room}" for room in COVERED]
    session.run("python", "-m", "coverage", "run", "-m", "pytest", "-q", *tests, *session.posargs)
    session.run("python", "-m", "coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types."""
    session.install("--editable", ".[lint]", "--config-settings", "editable_mode=compat")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site; warnings are errors, and Graphviz's program dot is needed."""
    session.install("--editable", ".[docs]", "--config-settings", "editable_mode=compat")
    session.run("python", "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", "docs/_build")
