"""The executable ``kea-dhcp4``: Kea's options, output and exit statuses, with this server behind them.

For site scripts, ``keactrl`` and Stork's agent, which look for a program and a process of this name. The server runs
in the foreground without twistd: no twistd options, no second PID file.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from getopt import GetoptError, gnu_getopt
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from kea_twisted import __version__

if TYPE_CHECKING:
    from twisted.application.service import IService

NAME: Final = "kea-dhcp4"
OK: Final = 0
FAILED: Final = 1
_OPTIONS: Final = "dvVWc:p:P:t:T:X"
_USAGE: Final = f"""\
DHCPv4 server kea-twisted, version {__version__}

Usage: {NAME} -[v|V|W|X] [-d] [-{{c|t|T}} cfgfile] [-p number] [-P number]
  -v: print the version and exit
  -V: print the version and those of the libraries in use, and exit
  -W: print a report on the installation and exit
  -d: log everything, down to the finest debug message
  -c file: run with this configuration file
  -t file: check this configuration file and exit
  -T file: the same, and run the code of its hook libraries to check their parameters
  -p number: UDP port to listen on, 1-65535
  -P number: UDP port to send every reply to, 1-65535
  -X: switch off: lease, log, socket and hook files lie in their folders; hook files and the folders above
      belong to root or the server's user; HTTP needs authentication or TLS"""
_UMASK: Final = 0o027  # as Kea has it: files are not for others


class WrongUsage(Exception):
    """The command line cannot be understood; the text is printed above the usage, "" for none."""


@dataclass
class CommandLine:
    """A command line as values. ``answer`` is what to print instead of anything else."""

    config: str = ""
    check: bool = False
    run_hooks: bool = False
    server_port: str = ""
    client_port: str = ""
    debug: bool = False
    unchecked: bool = False
    answer: str | None = None


def run() -> NoReturn:
    """Run the program, as the console script does."""
    sys.exit(main(sys.argv[0], sys.argv[1:]))


def main(program: str, arguments: list[str]) -> int:
    """Return the exit status of a call with these arguments."""
    try:
        command_line = read(program, arguments)
    except WrongUsage as error:
        print(*filter(None, (str(error), _USAGE)), sep="\n", file=sys.stderr)
        return FAILED
    if command_line.answer is not None:
        print(command_line.answer)
        return OK
    return check(command_line) if command_line.check else serve(command_line)


def read(program: str, arguments: list[str]) -> CommandLine:
    """Return the command line as values. Raises WrongUsage."""
    try:
        found, rest = gnu_getopt(arguments, _OPTIONS)
    except GetoptError as error:
        raise WrongUsage(f"{program}: {_fault(error)}") from None
    command_line = CommandLine()
    for option, value in found:
        _take(command_line, option, value)
        if command_line.answer is not None:
            return command_line
    if rest:
        raise WrongUsage("")
    if not command_line.config:
        raise WrongUsage("Configuration file not specified.")
    return command_line


def check(command_line: CommandLine) -> int:
    """Check a file as ``-t`` does: silent on success but for warnings, errors on standard error."""
    from kea_twisted.server.checkfile import check_file

    if not os.access(command_line.config, os.R_OK) or os.path.isdir(command_line.config):
        print(f"Syntax check failed with: Unable to open file {command_line.config}", file=sys.stderr)
        return FAILED
    said = io.StringIO()
    status = check_file(command_line.config, said, unchecked=command_line.unchecked, run_hooks=command_line.run_hooks)
    lines = said.getvalue().splitlines()
    if status:
        reason = "Error encountered" if _is_json(command_line.config) else "Syntax check failed with"
        print(f"{reason}: " + "\n".join(lines), file=sys.stderr)
        return FAILED
    if command_line.debug:
        print("Syntax check OK", file=sys.stderr)
    for line in lines[:-1]:  # the last one says that all is well
        print(line)
    return OK


def serve(command_line: CommandLine) -> int:
    """Run the server until it is stopped."""
    from kea_twisted.tap import Options, makeService

    name_process()
    os.umask(os.umask(0) | _UMASK)
    options = Options()
    options.parseOptions(_words(command_line))  # type: ignore[no-untyped-call]
    run_in_foreground(NAME, makeService(options))
    return OK


def run_in_foreground(name: str, made: IService) -> None:
    """Run a service under Twisted's reactor until it is stopped, without twistd."""
    from twisted.application import app, service
    from twisted.internet import reactor as twisted_reactor
    from twisted.logger import ILogObserver, globalLogBeginner

    application = service.Application(name)  # type: ignore[no-untyped-call]
    made.setServiceParent(application)  # type: ignore[no-untyped-call]
    globalLogBeginner.beginLoggingTo([application.getComponent(ILogObserver)])
    service.IService(application).privilegedStartService()  # type: ignore[no-untyped-call]
    app.startApplication(application, False)  # type: ignore[no-untyped-call]
    cast(Any, twisted_reactor).run()


def _take(command_line: CommandLine, option: str, value: str) -> None:
    match option:
        case "-v":
            command_line.answer = __version__
        case "-V":
            command_line.answer = _versions()
        case "-W":
            command_line.answer = _report()
        case "-c" | "-t" | "-T":
            command_line.config = value
            command_line.check |= option != "-c"
            command_line.run_hooks |= option == "-T"
        case "-p":
            command_line.server_port = _port(value, "server")
        case "-P":
            command_line.client_port = _port(value, "client")
        case "-d":
            command_line.debug = True
        case "-X":
            command_line.unchecked = True


def _fault(error: GetoptError) -> str:
    """Return the C library's words, which scripts may look for."""
    if "requires argument" in error.msg:
        return f"option requires an argument -- '{error.opt}'"
    return f"invalid option -- '{error.opt if len(error.opt) == 1 else '-'}'"


def _port(text: str, kind: str) -> str:
    with suppress(ValueError):
        if 0 < int(text) < 65536:
            return text
    raise WrongUsage(f"Failed to parse {kind} port number: [{text}], 1-65535 allowed.")


def _words(command_line: CommandLine) -> list[str]:
    words = ["-c", command_line.config]
    words += ["-p", command_line.server_port] if command_line.server_port else []
    words += ["-P", command_line.client_port] if command_line.client_port else []
    return words + ["-d"] * command_line.debug + ["-X"] * command_line.unchecked


def _versions() -> str:
    from kea_twisted.server.installation import versions

    own, *others = versions().splitlines()
    listed = [f"- {each}" for each in others]
    backends = ["lease backends:", "- Memfile backend 3.0"]
    return "\n".join((f"{__version__} ({own})", "premium: no", "linked with:", *listed, *backends))


def _report() -> str:
    from kea_twisted.server.installation import build_report

    return build_report()


def _is_json(path: str) -> bool:
    """Return True if a file has no syntax error, so that its faults are semantic ones."""
    from kea_twisted.config.text import parse
    from kea_twisted.errors import ConfigError
    from kea_twisted.server.operatorfiles import read_text

    try:
        parse(read_text(path), path, read_text)
    except (ConfigError, OSError):
        return False
    return True


def name_process(name: str = NAME) -> None:
    """Be ``kea-dhcp4`` in the process list, which an interpreter started by a wrapper script would not be."""
    with suppress(OSError), open("/proc/self/comm", "w") as file:
        file.write(name)
