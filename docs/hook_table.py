"""Write the tables of ``hooks.md`` from the hook table and the interfaces: ``python docs/hook_table.py``."""

from __future__ import annotations

import re
from pathlib import Path

from kea_twisted.hooks.points import POINTS

PAGE = Path(__file__).with_name("hooks.md")
BEGIN, END = "<!-- hook table: begin -->", "<!-- hook table: end -->"


def table() -> str:
    """The hook points in Markdown."""
    rows = ["| Method | When | May wait | May return | SKIP | DROP |", "|---|---|---|---|---|---|"]
    for point in POINTS:
        call = f"`{point.name}({', '.join(point.arguments)})`"
        new = f"a new `{point.replaces}`" if point.replaces else ""
        waits = "yes" if point.may_wait else ""
        rows.append(f"| {call} | {point.when} | {waits} | {new} | {point.skip} | {point.drop} |")
    return "\n".join(rows)


def page(text: str) -> str:
    """A page with its table as it is to be."""
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{table()}\n{END}", text, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
