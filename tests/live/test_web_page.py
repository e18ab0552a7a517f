"""The page in a real browser: what it shows, what it does on both servers, and who sees nothing.

    SCREENSHOTS=docs python -m pytest tests/live/test_web_page.py

writes the pictures of the documentation.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error

from kea_twisted.demo.pair import USER

from .conftest import unavailable
from .webpair import CHROMIUM, SUBNETS, Looker, WebPair, browser, within

pytestmark = pytest.mark.live

FIRST, SECOND = bytes.fromhex("080027c40fd1"), bytes.fromhex("080027c40fd2")
WIDE: Any = {"viewport": {"width": 1180, "height": 820}}
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
VIEWS = ("overview", "pools", "leases", "explain/08:00:27:c4:0f:d1", "log")
FINGER = 24
"""Pixels in both directions that a target must have at least (WCAG 2.2, 2.5.8)."""
GRAVE = ("serious", "critical")
SMALL = """least => [...document.querySelectorAll("main :is(a, button, input, select, summary), nav a")]
    .filter(each => each.checkVisibility()).map(each => [each.outerHTML, each.getBoundingClientRect()])
    .filter(([html, box]) => box.width < least || box.height < least).map(([html, box]) => html)"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebPair]:
    if not Path(CHROMIUM).exists():
        unavailable("not installed: chromium")
    made = WebPair(tmp_path_factory.mktemp("web"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as made:
        yield made


@pytest.fixture
def look(pair: WebPair, chromium: Any) -> Iterator[Looker]:
    """A user with the password; the console must stay empty."""
    looker = Looker(chromium.new_context(http_credentials=pair.login, **WIDE))
    yield looker
    looker.context.close()
    assert looker.complaints == []


def card(look: Looker, name: str) -> Any:
    return look.page.locator(f'article[data-server="{name}"]')


def test_both_servers_are_shown_from_either(pair: WebPair, look: Looker) -> None:
    for number in (0, 1):
        look.page.goto(pair.url(number))
        for name in ("server1", "server2"):
            card(look, name).locator(".state.ok").wait_for()
            assert card(look, name).locator(".state").inner_text() == "hot-standby"
        own = card(look, f"server{number + 1}")
        assert "this server" in own.inner_text()
        other = card(look, f"server{2 - number}").inner_text()
        assert re.search(r"Last heartbeat\s+\d s ago", other) and "Clock" in other
    assert "It would serve all clients" in card(look, "server2").inner_text()


def test_nothing_is_shown_without_the_password(pair: WebPair, chromium: Any) -> None:
    for wrong in (None, {"username": USER, "password": "another"}):
        context = chromium.new_context(**({"http_credentials": wrong} if wrong else {}))
        page = context.new_page()
        with suppress(Error):  # Chromium shows an empty page, or an error of its own
            page.goto(pair.url())
        page.wait_for_timeout(200)
        assert page.locator("main, article").count() == 0
        for path in ("", "main.js", "events"):
            assert page.request.get(pair.url() + path).status == 401
        assert page.request.post(pair.url() + "partner", data={"server-name": "server2"}).status == 401
        context.close()


def test_a_page_of_another_server_can_do_nothing(pair: WebPair, chromium: Any) -> None:
    """The browser knows the password, and sends it with what another page asks for."""
    context = chromium.new_context(http_credentials=pair.login)
    page = context.new_page()
    page.goto(pair.url(0))
    page.locator(".state.ok").first.wait_for()
    script = """async (url) => { try { await fetch(url, {method: "POST", mode: "no-cors", credentials: "include",
        headers: {"Content-Type": "text/plain"}, body: JSON.stringify({command: "dhcp-disable"})}) } catch { } }"""
    before = pair.ask(1, "status-get")["arguments"]["dhcp-state"]
    page.goto("about:blank")
    page.evaluate(script, pair.url(1))
    assert pair.ask(1, "status-get")["arguments"]["dhcp-state"] == before
    context.close()


def test_a_lease_is_found_and_deleted_on_both_servers(pair: WebPair, look: Looker) -> None:
    address = pair.client.obtain(FIRST).address
    assert within(5, lambda: pair.ask(1, "lease4-get", **{"ip-address": address})["result"] == 0)
    look.page.goto(pair.url() + "#leases")
    look.page.get_by_role("searchbox").fill("27:c4:0f:d1")
    row = look.page.locator(f'tr[data-address="{address}"]')
    row.wait_for()
    assert "dynamic" in row.inner_text()
    row.get_by_role("button", name="Delete").click()
    look.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    look.page.get_by_text(f"The lease of {address} is deleted here and on server2.").wait_for()
    row.wait_for(state="detached")
    for number in (0, 1):
        gone = partial(pair.ask, number, "lease4-get", **{"ip-address": address})
        assert within(5, lambda gone=gone: gone()["result"] == 3)


def test_a_lease_becomes_a_reservation_on_both_servers(pair: WebPair, look: Looker) -> None:
    address = pair.client.obtain(SECOND).address
    look.page.goto(pair.url() + "#leases")
    row = look.page.locator(f'tr[data-address="{address}"]')
    row.get_by_role("button", name="Reserve").click()
    dialog = look.page.get_by_role("dialog")
    dialog.get_by_label("Host name").fill("printer")
    dialog.get_by_role("button", name="Reserve").click()
    look.page.get_by_text(f"{address} is reserved here and on server2.").wait_for()
    row.get_by_text("reserved").wait_for()
    for number in (0, 1):
        found = pair.ask(number, "reservation-get", **{"subnet-id": 1, "ip-address": address})
        assert found["result"] == 0 and found["arguments"]["hostname"] == "printer"
    look.page.goto(pair.url(1) + "#leases")
    row.wait_for()


def test_a_client_is_explained(pair: WebPair, look: Looker) -> None:
    look.page.goto(pair.url() + "#explain")
    look.page.get_by_label("Hardware address").fill("08-00-27-c4-0f-d9")
    look.page.get_by_label("Relay address").fill("127.0.0.1")
    look.page.get_by_role("button", name="Explain").click()
    look.page.get_by_text("OFFER of 10.0.0.").wait_for()
    assert "routers" in look.page.get_by_role("region", name="Options of the reply").inner_text()


def test_a_lease_is_found_among_thousands(pair: WebPair, look: Looker) -> None:
    look.page.goto(pair.url() + "#leases")
    rows, status = look.page.locator("tbody tr"), look.page.locator("main").get_by_role("status")
    look.page.get_by_text(re.compile(r"^50 leases on this page of 20,0\d\d, in \d+ ms$")).wait_for()
    addresses = rows.evaluate_all("rows => rows.map(row => row.dataset.address)")
    look.page.get_by_role("button", name="Next page").click()
    look.page.locator(f'tr[data-address="{addresses[0]}"]').wait_for(state="detached")
    assert not set(addresses) & set(rows.evaluate_all("rows => rows.map(row => row.dataset.address)"))
    look.page.get_by_role("button", name="Previous page").click()
    look.page.locator(f'tr[data-address="{addresses[0]}"]').wait_for()
    for text, count in (("pc-12345", 1), ("02:00:00:00:30:39", 1), ("00:30:39", 1), ("10.64.7.", 50), ("no such", 0)):
        look.page.get_by_role("searchbox").fill("")
        look.page.get_by_role("searchbox").press_sequentially(text)
        look.page.wait_for_function("count => document.querySelectorAll('tbody tr').length === count", arg=count)
    look.page.get_by_text("No lease fits.").wait_for()
    look.page.get_by_role("searchbox").fill("pc-1")
    look.page.get_by_label("Subnet id").fill("1249")
    look.page.get_by_text(re.compile("^50 leases")).wait_for()
    assert set(rows.locator("td.number").all_inner_texts()) == {"1249"}
    look.page.get_by_label("State").select_option("declined")
    look.page.get_by_text("No lease fits.").wait_for()
    assert status.inner_text().startswith("0 leases")


def test_a_pool_is_found_among_many(pair: WebPair, look: Looker) -> None:
    look.page.goto(pair.url() + "#pools")
    pools = look.page.locator("li.pool")
    look.page.get_by_text(f"1 to 100 of {SUBNETS + 1} pools, the fullest first").wait_for()
    for _ in range(2):
        look.page.get_by_role("button", name="Next page").click()
    look.page.get_by_text(f"201 to {SUBNETS + 1} of {SUBNETS + 1} pools").wait_for()
    assert pools.count() == SUBNETS + 1 - 200 and look.page.get_by_role("button", name="Next page").is_disabled()
    look.page.get_by_role("searchbox").fill("10.64.7.77")
    look.page.get_by_text(f"1 of {SUBNETS + 1} pools", exact=False).filter(has_text=re.compile("^1 of")).wait_for()
    assert "subnet 10.64.7.0/24 (id 1007)" in pools.inner_text() and "80 of 256 in use" in pools.inner_text()


def test_the_client_of_a_lease_is_explained_where_it_is(pair: WebPair, look: Looker) -> None:
    look.page.goto(pair.url() + "#leases")
    look.page.get_by_role("searchbox").fill("pc-12345")
    row = look.page.locator("tbody tr").filter(has_text="pc-12345")
    address = row.locator("th").inner_text()
    row.get_by_role("link", name="Explain").click()
    look.page.get_by_text(f"OFFER of {address}").wait_for()
    assert "it is the lease that the client has" in look.page.locator("main").inner_text()


def test_a_reload_shows_first_what_would_change(pair: WebPair, look: Looker) -> None:
    file = pair.folder / "server1" / "kea-dhcp4.conf"
    text = file.read_text()

    def lifetime() -> Any:
        return pair.ask(0, "config-get")["arguments"]["Dhcp4"]["valid-lifetime"]

    file.write_text(text.replace('"Dhcp4": {', '"Dhcp4": {"valid-lifetime": 5000,', 1))
    look.page.goto(pair.url())
    dialog, button = look.page.get_by_role("dialog"), look.page.get_by_role("button", name="Reload the configuration")
    button.click()
    row = dialog.get_by_role("row").filter(has_text="valid-lifetime").first
    assert "7200" in row.inner_text() and "5000" in row.inner_text()
    dialog.get_by_role("button", name="Cancel").click()
    assert lifetime() == 7200
    button.click()
    dialog.get_by_role("button", name="Reload").click()
    dialog.wait_for(state="detached")
    assert lifetime() == 5000
    file.write_text("{ " + text)
    button.click()
    look.page.get_by_text(re.compile(r"kea-dhcp4.conf:1:\d+")).wait_for()
    assert dialog.count() == 0
    file.write_text(text)
    assert pair.ask(0, "config-reload")["result"] == 0 and lifetime() == 7200


def test_leases_are_synchronized(pair: WebPair, look: Looker) -> None:
    lease = {"ip-address": "10.0.0.99", "hw-address": "08:00:27:c4:0f:99", "subnet-id": 1}
    assert pair.ask(1, "lease4-add", **lease)["result"] == 0
    look.page.goto(pair.url())
    look.page.get_by_role("button", name="Synchronize leases").click()
    look.page.get_by_role("dialog").get_by_role("button", name="Synchronize").click()
    look.page.get_by_role("dialog").wait_for(state="detached")
    look.page.locator(".toast").wait_for()
    assert pair.ask(0, "lease4-get", **{"ip-address": "10.0.0.99"})["result"] == 0


@pytest.mark.parametrize("number", [0, 1])
def test_a_server_is_taken_out_of_service_and_back(pair: WebPair, look: Looker, number: int) -> None:
    """From the page of the server that stays, and from the page of the one that leaves."""
    look.page.goto(pair.url(0))
    leaves, stays = f"server{number + 1}", f"server{2 - number}"
    card(look, leaves).locator(".state.ok").wait_for()
    look.page.get_by_role("button", name=f"Take {leaves} out of service").click()
    look.page.get_by_role("dialog").get_by_role("button", name="Take it out of service").click()
    card(look, leaves).get_by_text("in-maintenance", exact=True).wait_for()
    card(look, stays).get_by_text("partner-in-maintenance", exact=True).wait_for()
    assert [pair.ask(each, "status-get")["arguments"]["high-availability"][0]["ha-servers"]["local"]["scopes"]
            for each in (number, 1 - number)] == [[], ["server1"]]  # fmt: skip
    look.page.get_by_role("button", name="End the maintenance").click()
    look.page.get_by_role("dialog").get_by_role("button", name="End it").click()
    for name in (leaves, stays):
        card(look, name).get_by_text("hot-standby", exact=True).wait_for()
    assert look.page.get_by_role("button", name="End the maintenance").count() == 0


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", PHONE)], ids=["light", "dark"])
def test_nothing_keeps_anyone_from_using_it(pair: WebPair, chromium: Any, scheme: Any, size: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    how = {
        "color_scheme": scheme,
        "reduced_motion": "reduce",
        **size,
    }  # a colour is measured at the end of a transition
    context = chromium.new_context(http_credentials=pair.login, **how)
    page = context.new_page()
    page.goto(pair.url())
    for view in VIEWS:
        page.evaluate("view => location.hash = view", view)
        page.locator('#link[data-link="open"]').wait_for()
        page.locator("main .card:not(form)").first.wait_for()
        grave = [each for each in Axe().run(page).response["violations"] if each["impact"] in GRAVE]
        assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in grave] == [], view
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{view} is wider than the screen"
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g)[0] < 128")
        assert dark is (scheme == "dark")
        if size is PHONE:
            assert page.evaluate(SMALL, FINGER) == [], view
    context.close()


def test_a_phone_is_enough(pair: WebPair, chromium: Any) -> None:
    """With taps alone: from the overview to a lease, and what is asked before it would be deleted."""
    context = chromium.new_context(http_credentials=pair.login, **PHONE)
    page = context.new_page()
    page.goto(pair.url())
    page.get_by_role("link", name="Leases").tap()
    page.get_by_role("searchbox").fill("pc-7777")
    row = page.locator("tbody tr").filter(has_text="pc-7777")
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 1")
    button = row.get_by_role("button", name="Delete")
    box = button.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["viewport"]["width"], box
    button.tap()
    dialog = page.get_by_role("dialog")
    box = dialog.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["viewport"]["width"], box
    dialog.get_by_role("button", name="Cancel").tap()
    dialog.wait_for(state="detached")
    row.wait_for()
    context.close()


def test_the_keyboard_is_enough(pair: WebPair, look: Looker) -> None:
    look.page.goto(pair.url())
    look.page.locator(".state.ok").first.wait_for()
    look.page.keyboard.press("Tab")
    assert look.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(3):
        look.page.keyboard.press("Tab")
    assert look.page.evaluate("document.activeElement.hash") == "#leases"
    look.page.keyboard.press("Enter")
    look.page.get_by_role("heading", name="Leases").wait_for()


def test_pictures_are_taken_where_they_are_wanted(pair: WebPair, chromium: Any) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    for number in range(3, 60):
        pair.client.obtain(FIRST[:5] + bytes((number,)))
    for name, view, options in (
        ("web-overview", "overview", WIDE | {"color_scheme": "light"}),
        ("web-leases", "leases", WIDE | {"color_scheme": "dark"}),
        ("web-phone", "overview", PHONE),
    ):
        context = chromium.new_context(http_credentials=pair.login, **options)
        page = context.new_page()
        page.goto(pair.url() + "#" + view)
        page.locator("main .card").first.wait_for()
        for number in range(300):
            pair.client.obtain(FIRST[:5] + bytes((60 + number % 40,)))
            page.wait_for_timeout(20 + 40 * (number % 100 // 50))
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
        context.close()


def test_the_end_of_a_server_is_seen_at_once_and_why(pair: WebPair, look: Looker) -> None:
    """The last test of this module: server1 is gone after it."""
    look.page.goto(pair.url(1))
    card(look, "server1").locator(".state.ok").wait_for()
    pair.kill(0)
    killed = time.monotonic()
    card(look, "server1").locator(".state.bad").wait_for(timeout=5000)
    seen = time.monotonic() - killed
    card(look, "server2").get_by_text("partner-down", exact=True).wait_for(timeout=10000)
    assert seen < 2, f"after {seen:.1f} s"
    assert "server1 does not answer" in look.page.get_by_role("alert").first.inner_text()
    steps = look.page.locator(".timeline li").first.inner_text()
    assert "server2" in steps and "partner-down" in steps and "refused" in look.page.locator(".timeline").inner_text()
