"""keadhcp-ctl doctor and check: everything that is wrong with a server and its partner, with the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import click

from kea_twisted.ctl import show
from kea_twisted.ctl.channel import Refused, Unreachable
from kea_twisted.ctl.gather import gather
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.doctor.finding import Finding, Severity
from kea_twisted.doctor.picture import Node, Picture
from kea_twisted.doctor.table import CHECKS, findings, worst

_COLOURS: Final = {Severity.CRITICAL: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_WORDS: Final = {Severity.NOTE: "OK", Severity.WARNING: "WARNING", Severity.CRITICAL: "CRITICAL"}
_UNKNOWN: Final = 3


@click.command()
@session
@friendly
def doctor(session: Session) -> None:
    """Find what is wrong with this server, its partner and what they have in common, and say what to do.

    Exit status: 0 nothing, 1 warnings, 2 something critical.
    """
    picture = gather(session)
    found = findings(picture)
    if session.as_json:
        show.as_json(
            {"findings": [as_json(each) for each in found], "servers": [_seen(each) for each in picture.nodes]}
        )
    else:
        for each in found:
            show.coloured(_COLOURS[each.severity], each.severity.name, _sentence(each), f"    {each.remedy}")
        show.say(_summary(picture, found))
    raise SystemExit(int(worst(found)))


@click.command()
@session
def check(session: Session) -> None:
    """Print one line for Nagios and the like: OK, WARNING, CRITICAL or UNKNOWN, with performance data.

    The findings follow in further lines. Exit status: 0, 1, 2, 3.
    """
    try:
        picture = gather(session)
    except (click.ClickException, Refused, Unreachable) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        show.say(f"DHCP UNKNOWN - {text}")
        raise SystemExit(_UNKNOWN) from None
    found = [each for each in findings(picture) if each.severity]
    first = f"{found[0].server}: {found[0].fault}".removeprefix(": ") if found else _summary(picture, found)
    line = f"DHCP {_WORDS[worst(found)]} - {first.replace('|', '/')}"
    show.say(" | ".join(filter(None, (line, " ".join(performance(picture))))))
    for each in found[1:]:
        show.say(f"{each.severity.name} {_sentence(each)}".replace("|", "/"))
    raise SystemExit(int(worst(found)))


def as_json(finding: Finding) -> dict[str, object]:
    """Return a finding for scripts."""
    return finding._asdict() | {"severity": finding.severity.name.lower()}


def performance(picture: Picture) -> Iterator[str]:
    """Yield the performance data of monitoring plugins: use of each subnet, and what is owed to the partner."""
    for subnet in next((node.subnets for node in picture.known), ()):
        if subnet.total:
            yield f"subnet_{subnet.id}={100 * subnet.assigned / subnet.total:.1f}%;90;98;0;100"
    for node in picture.known:
        if "owed-updates" in node.watch:
            yield f"{node.name}_owed={node.watch['owed-updates']};;;0"


def _sentence(finding: Finding) -> str:
    return f"{finding.server}: {finding.fault}" if finding.server else finding.fault


def _summary(picture: Picture, found: Iterable[Finding]) -> str:
    severities = [each.severity for each in found]
    servers = " and ".join(map(_title, picture.nodes))
    if not severities:
        return f"{len(CHECKS)} checks of {servers}: nothing is wrong"
    counts = {each: severities.count(each) for each in (Severity.CRITICAL, Severity.WARNING, Severity.NOTE)}
    listed = ", ".join(_count(each, count) for each, count in counts.items() if count)
    return f"{len(CHECKS)} checks of {servers}: {listed}"


def _count(severity: Severity, count: int) -> str:
    plural = "s" if count > 1 and severity < Severity.CRITICAL else ""
    return f"{count} {severity.name.lower()}{plural}"


def _title(node: Node) -> str:
    about = "not reached" if node.trouble else node.state
    return f"{node.name} ({about})" if about else node.name


def _seen(node: Node) -> dict[str, object]:
    return {"name": node.name, "asked": node.place, "state": node.state, "trouble": node.trouble}
