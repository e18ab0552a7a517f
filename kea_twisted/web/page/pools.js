// Every pool as a bar, the fullest first, and when it will be full.
import { poolsSearch } from "./api.js";
import { badge, duration, el, fill, number, svg } from "./dom.js";
import * as feed from "./feed.js";

const PAGE = 100;

function kind(part) {
  return part >= 0.95 ? "bad" : part >= 0.8 ? "warn" : "";
}

function bar(pool) {
  const part = pool.total ? pool.used / pool.total : 0;
  const declined = pool.total ? pool.declined / pool.total : 0;
  const width = 1000;
  return el(
    "div",
    { class: "bar" },
    svg(
      "svg",
      { viewBox: `0 0 ${width} 10`, preserveAspectRatio: "none", role: "img", "aria-label": `${Math.round(part * 100)} % in use` },
      svg("rect", { class: `used ${kind(part)}`, width: part * width, height: 10 }),
      svg("rect", { class: "declined", x: (part - declined) * width, width: declined * width, height: 10 }),
    ),
  );
}

function forecast(pool, span) {
  if (pool.slope === null) return span < 86400 ? `forecast in ${duration(86400 - span)}` : "no forecast";
  if (pool.days === null) return pool.slope < 0 ? "its use falls" : "its use does not grow";
  if (pool.days <= 0) return "full";
  const when = pool.days < 2 ? duration(pool.days * 86400) : `${number(Math.round(pool.days))} days`;
  return `full in ${when}, at ${number(Math.round(pool.slope))} more a day`;
}

function row(pool, span) {
  const part = pool.total ? (100 * pool.used) / pool.total : 0;
  return el(
    "li",
    { class: "pool" },
    el("p", {}, el("strong", {}, pool.pool), " ", el("span", { class: "muted" }, `subnet ${pool.subnet} (id ${pool.id})${pool.network ? ` of ${pool.network}` : ""}`)),
    el("p", {}, badge(`${part.toFixed(part < 10 ? 1 : 0)} %`, kind(part / 100) || "ok")),
    bar(pool),
    el("p", { class: "muted" }, `${number(pool.used)} of ${number(pool.total)} in use, ${number(pool.total - pool.used)} free${pool.declined ? `, ${number(pool.declined)} declined` : ""}`),
    el("p", { class: pool.days !== null && pool.days < 7 ? "bad" : "muted" }, forecast(pool, span)),
  );
}

export function show(content) {
  const list = el("div", { class: "card" });
  const note = el("p", { class: "muted", role: "status" });
  const back = el("button", { type: "button", disabled: true }, "Previous page");
  const forth = el("button", { type: "button", disabled: true }, "Next page");
  const text = el("input", { name: "text", type: "search", autocomplete: "off", spellcheck: "false" });
  const form = el("form", { class: "card form", role: "search", "aria-label": "Pools" }, el("label", {}, "Subnet, pool, shared network, subnet id, or an address in the subnet", text));
  let start = 0;
  let asked = 0;

  function update(found) {
    const shown = found.pools.length;
    if (!shown) fill(list, el("p", { class: "muted" }, found.ready ? (found.all ? "No pool fits." : "No pools are configured.") : "Being counted."));
    else fill(list, el("ul", {}, found.pools.map((pool) => row(pool, found.span))));
    back.disabled = !start;
    forth.disabled = start + shown >= found.count;
    const fitting = found.count === found.all ? "" : ` of ${number(found.all)}`;
    const places = shown === found.count ? number(shown) : `${number(start + 1)} to ${number(start + shown)} of ${number(found.count)}`;
    const line = shown ? `${places}${fitting} pools, the fullest first` : "";
    if (note.textContent !== line) note.textContent = line;
  }
  async function search() {
    const mine = ++asked;
    try {
      const found = await poolsSearch(text.value.trim(), start);
      if (mine === asked) update(found);
    } catch (error) {
      if (mine === asked) fill(list, el("p", { class: "bad" }, error.message));
    }
  }
  function turn(pages) {
    start = Math.max(0, start + pages * PAGE);
    search();
  }
  back.onclick = () => turn(-1);
  forth.onclick = () => turn(1);
  let timer = 0;
  function anew(event) {
    event?.preventDefault();
    clearTimeout(timer);
    start = 0;
    search();
  }
  form.addEventListener("submit", anew);
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(anew, 150);
  });
  content.append(el("h2", {}, "Pools"), form, note, list, el("div", { class: "actions" }, back, forth));
  // The events have the fullest pools; others are asked for as often as these are counted.
  const repeated = setInterval(() => document.hidden || !(start || text.value.trim()) || search(), 5000);
  const end = feed.follow("pools", (found) => {
    if (start || text.value.trim()) return;
    asked += 1;
    update(found);
  });
  return () => {
    clearTimeout(timer);
    clearInterval(repeated);
    end();
  };
}
