"""keadhcp-ctl sample: print configurations and start scripts that come with the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import click

SAMPLES: Final = {
    "single": ("kea-dhcp4.conf", "a single server"),
    "hot-standby-1": ("hot-standby/server1.conf", "the primary server of a hot-standby pair"),
    "hot-standby-2": ("hot-standby/server2.conf", "the standby server of a hot-standby pair"),
    "load-balancing-1": ("load-balancing/server1.conf", "the primary server of a load-balancing pair"),
    "load-balancing-2": ("load-balancing/server2.conf", "the secondary server of a load-balancing pair"),
    "ddns": ("kea-dhcp-ddns.conf", "a server that updates the DNS"),
    "grafana": ("monitoring/grafana.json", "dashboard for Grafana"),
    "prometheus-rules": ("monitoring/keadhcp-rules.yml", "alert rules for Prometheus"),
    "rc.d": ("rc.d/keadhcp", "start script for FreeBSD, /usr/local/etc/rc.d/keadhcp"),
    "rc.d-ddns": ("rc.d/keaddns", "the same for the server that updates the DNS, /usr/local/etc/rc.d/keaddns"),
    "systemd": ("systemd/keadhcp.service", "unit for systemd, /etc/systemd/system/keadhcp.service"),
    "systemd-ddns": ("systemd/keaddns.service", "the same for the server that updates the DNS, …/keaddns.service"),
    "sysusers": ("systemd/keadhcp.sysusers", "the unit's user, /etc/sysusers.d/keadhcp.conf"),
}
"""Name, then file below ``kea_twisted/conf`` and description."""


@click.command()
@click.argument("name", required=False, type=click.Choice(list(SAMPLES)), metavar="[NAME]")
def sample(name: str | None) -> None:
    """Print a sample configuration or start script; without NAME, list them."""
    if name is None:
        width = max(map(len, SAMPLES))
        for each, (_, description) in SAMPLES.items():
            click.echo(f"{each:{width}}  {description}")
    else:
        click.echo(text(name), nl=False)


def text(name: str) -> str:
    """The text of a sample."""
    return files("kea_twisted").joinpath("conf", SAMPLES[name][0]).read_text(encoding="utf-8")
