"""The time from a key in the search field of the page to the leases in its table, in a browser, among a million leases.

The keys of each text come 120 ms apart, as from a quick hand; the time counts from the last one. The page waits for a
pause between keys before it asks (``delay``); what exceeds that is the server's, the connection's and the browser's.

python bench/pagesearch.py --leases 1000000 --subnets 10000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kea_twisted.demo.pair import loopback_pair  # noqa: E402
from tests.live.webpair import browser, fill  # noqa: E402

STARTING = 180.0
BETWEEN_KEYS = 120

SEARCHES = (
    ("pc-123456", "an end of a name"),
    ("pc-99", "a part of many names"),
    ("02:00:00:01:e2:40", "a whole hardware address"),
    ("01:e2:40", "three bytes of hardware addresses"),
    ("10.64.7.", "a part of an address"),
    ("nothing has this", "a text that no lease has"),
)

WATCH = """() => {
    const field = document.querySelector("input[name=text]");
    let last = 0;
    field.addEventListener("keydown", () => { last = performance.now(); });
    const drawn = () => requestAnimationFrame(() => { window.took = performance.now() - last; });
    new MutationObserver(drawn).observe(document.querySelector("main > .card:not(form)"), { childList: true });
}"""


def main() -> None:
    """Start one server, open its page, and type."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leases", type=int, default=1_000_000)
    parser.add_argument("--subnets", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = loopback_pair(Path(folder), lambda line: None)[0][0]
        fill(Path(folder) / server.name, server.name, chosen.subnets, chosen.leases)
        server.start()
        try:
            server.wait_for("DHCP4_STARTED", STARTING)
            with browser() as chromium:
                login: Any = {"username": "demo", "password": server.web.password}
                page = chromium.new_context(http_credentials=login).new_page()
                _search(page, server.web.url, chosen.times)
                _pools(page, server.web.url, chosen.times)
        finally:
            server.stop()


def _search(page: Any, url: str, times: int) -> None:
    page.goto(f"{url}#leases")
    page.locator("tbody tr").first.wait_for()
    begun = time.monotonic()
    page.wait_for_timeout(200)
    page.get_by_text(" leases on this page of").wait_for()
    field = page.get_by_role("searchbox")
    _wait_until_quiet(page, url)
    print(f"ready after {time.monotonic() - begun:.1f} s")
    page.evaluate(WATCH)
    print(f"{'what is typed':38} {'leases':>7} {'median ms':>10} {'longest ms':>11}")
    for text, what in SEARCHES:
        took = []
        for _ in range(times):
            field.fill("")
            page.wait_for_timeout(600)
            page.evaluate("() => { window.took = null; }")
            field.press_sequentially(text, delay=BETWEEN_KEYS)
            page.wait_for_timeout(1000)  # the results of the text without its last keys came before
            took.append(page.evaluate("() => window.took"))
        found = page.locator("tbody tr").count()
        print(f"{what:38} {found:7} {median(took):10.0f} {max(took):11.0f}")


def _wait_until_quiet(page: Any, url: str) -> None:
    """Wait until the texts for searches are made: a search is fast then."""
    script = """async (url) => { const begun = performance.now();
        await fetch(url, {method: "POST", headers: {"Content-Type": "application/json", "X-Keadhcp-Page": "1"},
            body: JSON.stringify({command: "leases-search", arguments: {text: "nothing has this", prepare: true}})});
        return performance.now() - begun; }"""
    while page.evaluate(script, url) > 500:
        page.wait_for_timeout(500)


def _pools(page: Any, url: str, times: int) -> None:
    page.goto(f"{url}#pools")
    page.locator("li.pool").first.wait_for()
    script = """async ([url, text, start]) => { const begun = performance.now();
        await (await fetch(url + "pools", {method: "POST", body: JSON.stringify({text, start}),
            headers: {"Content-Type": "application/json", "X-Keadhcp-Page": "1"}})).json();
        return performance.now() - begun; }"""
    print(f"{'pools':38} {'':7} {'median ms':>10} {'longest ms':>11}")
    for text, start, what in (("", 0, "the fullest"), ("", 9000, "page 90"), ("10.64.7.9", 0, "of an address")):
        took = [page.evaluate(script, [url, text, start]) for _ in range(times)]
        print(f"{what:38} {'':7} {median(took):10.0f} {max(took):11.0f}")


if __name__ == "__main__":
    main()
