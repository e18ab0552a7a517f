// Every pool as a bar, the fullest first, and when it will be full.
import { badge, duration, el, fill, number, svg } from "./dom.js";
import * as feed from "./feed.js";

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
    el("p", {}, el("strong", {}, pool.pool), " ", el("span", { class: "muted" }, `subnet ${pool.subnet} (id ${pool.id})`)),
    el("p", {}, badge(`${part.toFixed(part < 10 ? 1 : 0)} %`, kind(part / 100) || "ok")),
    bar(pool),
    el("p", { class: "muted" }, `${number(pool.used)} of ${number(pool.total)} in use, ${number(pool.total - pool.used)} free${pool.declined ? `, ${number(pool.declined)} declined` : ""}`),
    el("p", { class: pool.days !== null && pool.days < 7 ? "bad" : "muted" }, forecast(pool, span)),
  );
}

export function show(content) {
  const list = el("div", { class: "card" });
  const note = el("p", { class: "muted" });
  content.append(el("h2", {}, "Pools"), list, note);
  return feed.follow("pools", (found) => {
    if (!found.pools.length) fill(list, el("p", { class: "muted" }, found.ready ? "No pools are configured." : "Being counted."));
    else fill(list, el("ul", {}, found.pools.map((pool) => row(pool, found.span))));
    const left = found.count - found.pools.length;
    note.textContent = left > 0 ? `The ${found.pools.length} fullest of ${number(found.count)} pools.` : "";
  });
}
