"""The executable ``kea-dhcp-ddns``: Kea's options, output and exit statuses, with ``keaddns`` behind them.

The server runs in the foreground without twistd: no twistd options, no second PID file.
"""

from __future__ import annotations

import io
import os
import sys
from getopt import GetoptError, gnu_getopt
from typing import Final, NoReturn

from kea_twisted import __version__
from kea_twisted.kea_dhcp4 import FAILED, OK, name_process, run_in_foreground

NAME: Final = "kea-dhcp-ddns"
_OPTIONS: Final = "dvVWXc:t:"
_USAGE: Final = f"""\
Usage: {NAME}
  -v: print the version and exit
  -V: print the version and those of the libraries in use, and exit
  -W: print a report on the installation and exit
  -d: log everything, down to the finest debug message
  -c file: run with this configuration file
  -t file: check this configuration file and exit
  -X: switch off: log and socket files lie in their folders; HTTP needs authentication or TLS"""
_UMASK: Final = 0o027  # as Kea has it: files are not for others


def run() -> NoReturn:
    """Run the console script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Return the exit status of a call with these arguments."""
    try:
        found, rest = gnu_getopt(arguments, _OPTIONS)
    except GetoptError as error:
        return _wrong(
            f"unsupported option: -{error.opt}" if "recognized" in error.msg else f"-{error.opt} needs a file"
        )
    asked = dict(found)
    for option, answer in (("-v", _version), ("-V", _versions), ("-W", _report)):
        if option in asked:
            print(answer())
            return OK
    if rest:
        return _wrong(f"extraneous command line information: {rest[0]}")
    if asked.keys() & {"-c", "-t"} and (missing := _missing()):
        print(missing, file=sys.stderr)
        return FAILED
    if "-t" in asked:
        return check(asked["-t"], unchecked="-X" in asked)
    if not asked.get("-c"):
        return _wrong("")
    return serve(asked["-c"], debug="-d" in asked, unchecked="-X" in asked)


def check(path: str, *, unchecked: bool) -> int:
    """Check a file as ``-t`` does: silent on success but for warnings, errors on standard error."""
    from kea_twisted.d2.service import check_file

    said = io.StringIO()
    status = check_file(path, said, unchecked=unchecked)
    lines = said.getvalue().splitlines()
    if status:
        print("Syntax check failed with: " + "\n".join(lines), file=sys.stderr)
        return FAILED
    for line in lines[:-1]:  # the last one says that all is well
        print(line)
    return OK


def serve(path: str, *, debug: bool, unchecked: bool) -> int:
    """Run the server until it is stopped."""
    from kea_twisted.ddnstap import Options, makeService

    name_process(NAME)
    os.umask(os.umask(0) | _UMASK)
    options = Options()  # type: ignore[no-untyped-call]
    options.parseOptions(["-c", path, *["-d"] * debug, *["-X"] * unchecked])  # type: ignore[no-untyped-call]
    run_in_foreground(NAME, makeService(options))
    return OK


def _missing() -> str:
    """Return the reason why the server cannot run in this installation, "" if it can."""
    from twisted.python.usage import UsageError

    from kea_twisted.ddnstap import must_have_dnspython

    try:
        must_have_dnspython()
    except UsageError as error:
        return str(error)
    return ""


def _wrong(text: str) -> int:
    """Report a command line that cannot be understood."""
    print(*filter(None, (f"Usage error: {text}" if text else "", _USAGE)), sep="\n", file=sys.stderr)
    return FAILED


def _version() -> str:
    return __version__


def _versions() -> str:
    from kea_twisted.server.installation import name_and_version, versions

    own, *others = (*versions().splitlines(), name_and_version("dnspython"))
    return "\n".join((f"{__version__} ({own})", "premium: no", "linked with:", *(f"- {each}" for each in others)))


def _report() -> str:
    from kea_twisted.server.installation import build_report, name_and_version

    return f"{build_report()}\n{name_and_version('dnspython')}"
