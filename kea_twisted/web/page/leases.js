// Leases: search, filter, page by page; delete one, or make a reservation of it.
import { command, commands, partner } from "./api.js";
import { question, toast } from "./dialogs.js";
import { badge, duration, el, fill, number } from "./dom.js";
import * as feed from "./feed.js";

const LIMIT = 50;
const STATES = ["in use", "declined", "expired", "released"];
const SOURCES = { reserved: "here", synced: "", declined: "bad", dynamic: "" };
const HEADS = ["Address", "Hardware address", "Name", "Source", "State", "Ends", "Subnet", "Actions"];
const SOURCE_TEXTS = { synced: "from the partner" };

function hasPartner() {
  return (feed.latest("pair") ?? []).find((each) => each.servers.filter((node) => node.state !== undefined).length === 2);
}

function others(relationship) {
  return relationship.servers.filter((node) => !node.here && node.state !== undefined).map((node) => node.name).join(", ");
}

function remove(lease, again) {
  const pair = hasPartner();
  const text = `${lease["ip-address"]} is of ${lease["hw-address"] || lease["client-id"]}. Its client goes on using it until it asks again.`;
  question("Delete this lease", el("p", {}, text, pair ? ` It is deleted on ${others(pair)}, too.` : ""), "Delete", async () => {
    await command("lease4-del", { "ip-address": lease["ip-address"], "update-ddns": true });
    again();
    return `The lease of ${lease["ip-address"]} is deleted${pair ? ` here and on ${others(pair)}` : ""}.`;
  }, true);
}

function reserve(lease, again) {
  const pair = hasPartner();
  const name = el("input", { name: "hostname", value: lease.hostname.replace(/\.$/, ""), autocomplete: "off" });
  const fields = el("div", {}, el("p", {}, `${lease["ip-address"]} will be for ${lease["hw-address"]} only, until the configuration is read again. `, pair ? `${others(pair)} gets the same reservation.` : ""), el("label", {}, "Host name (may be empty)", name));
  question("Make it a reservation", fields, "Reserve", async (form) => {
    const reservation = { "subnet-id": lease["subnet-id"], "hw-address": lease["hw-address"], "ip-address": lease["ip-address"] };
    const hostname = form.get("hostname").trim();
    if (hostname) reservation.hostname = hostname;
    const args = { reservation, "operation-target": "memory" };
    await command("reservation-add", args);
    again();
    if (!pair) return `${lease["ip-address"]} is reserved.`;
    try {
      await partner(pair, "reservation-add", args);
    } catch (error) {
      toast(`${lease["ip-address"]} is reserved here only. ${others(pair)} lacks the reservation: ${error.message}`, true);
      return "";
    }
    return `${lease["ip-address"]} is reserved here and on ${others(pair)}.`;
  });
}

function ends(lease, now) {
  if (lease["valid-lft"] === 0xffffffff) return "never";
  const left = lease.cltt + lease["valid-lft"] - now;
  return left > 0 ? `in ${duration(left)}` : `${duration(-left)} ago`;
}

function row(lease, known, again) {
  const now = feed.latest("server")?.now ?? Date.now() / 1000;
  const address = lease["ip-address"];
  const buttons = [];
  if (known.has("lease4-del")) buttons.push(el("button", { type: "button", class: "danger", "aria-label": `Delete the lease of ${address}`, onclick: () => remove(lease, again) }, "Delete"));
  if (known.has("reservation-add") && lease.source !== "reserved" && lease["hw-address"]) buttons.push(el("button", { type: "button", "aria-label": `Reserve ${address}`, onclick: () => reserve(lease, again) }, "Reserve"));
  if (lease["hw-address"]) buttons.push(el("a", { href: `#explain/${encodeURIComponent(lease["hw-address"])}/${lease["subnet-id"]}`, "aria-label": `Explain ${address}` }, "Explain"));
  const cells = [
    ["code", lease["hw-address"]],
    ["", lease.hostname],
    ["", badge(SOURCE_TEXTS[lease.source] ?? lease.source, SOURCES[lease.source] ?? "")],
    ["", STATES[lease.state] ?? String(lease.state)],
    ["", ends(lease, now)],
    ["number", String(lease["subnet-id"])],
    ["last", el("div", { class: "row-actions" }, buttons)],
  ];
  // The roles are for phones, on which these are blocks and no table for the browser.
  return el(
    "tr",
    { role: "row", "data-address": address },
    el("th", { role: "rowheader", scope: "row", class: "code" }, address),
    cells.map(([style, content], index) => el("td", { role: "cell", class: style || null, "data-label": HEADS[index + 1] }, content || null)),
  );
}

function select(name, label, options) {
  return el("label", {}, label, el("select", { name }, options.map(([value, text]) => el("option", { value }, text))));
}

export function show(content) {
  const starts = [];
  let after = "";
  let asked = 0;
  const result = el("div", { class: "card" });
  const status = el("p", { class: "muted", role: "status" });
  const back = el("button", { type: "button", disabled: true }, "Previous page");
  const forth = el("button", { type: "button", disabled: true }, "Next page");
  const form = el(
    "form",
    { class: "card form", role: "search", "aria-label": "Leases" },
    el("label", {}, "Address, hardware address, client identifier or name, or a part of it", el("input", { name: "text", type: "search", autocomplete: "off", spellcheck: "false" })),
    select("source", "Source", [["", "all"], ["dynamic", "dynamic"], ["reserved", "reserved"], ["synced", "from the partner"], ["declined", "declined"]]),
    select("state", "State", [["", "all"], ["assigned", "in use"], ["declined", "declined"], ["expired-reclaimed", "expired"], ["released", "released"]]),
    el("label", {}, "Subnet id", el("input", { name: "subnet-id", inputmode: "numeric", pattern: "[0-9]*", autocomplete: "off" })),
  );

  // The number of all leases stays as it is until the next search: a screen reader would read out each change.
  function describe(count, next, took) {
    const mine = asked;
    const found = `${count} ${count === 1 ? "lease" : "leases"}${next ? " on this page" : ""}`;
    status.textContent = `${found}, in ${took} ms`;
    const end = feed.follow("server", (server) => {
      if (mine === asked) status.textContent = `${found} of ${number(server.leases)}, in ${took} ms`;
      queueMicrotask(() => end());
    });
  }

  async function search() {
    const mine = ++asked;
    const args = { limit: LIMIT };
    for (const [name, value] of new FormData(form)) if (value.trim()) args[name] = name === "subnet-id" ? Number(value) : value.trim();
    if (after) args.from = after;
    const begun = performance.now();
    try {
      const [answer, known] = await Promise.all([command("leases-search", args), commands()]);
      if (mine !== asked) return;
      const { leases = [], next = "" } = answer.arguments ?? {};
      forth.disabled = !next;
      forth.onclick = () => {
        starts.push(after);
        after = next;
        search();
      };
      back.disabled = !starts.length;
      describe(leases.length, next, Math.round(performance.now() - begun));
      const body = el("tbody", { role: "rowgroup" }, leases.map((lease) => row(lease, known, search)));
      const heads = el("tr", { role: "row" }, HEADS.map((text) => el("th", { role: "columnheader", scope: "col" }, text)));
      const table = el("table", { class: "rows", role: "table" }, el("thead", { role: "rowgroup" }, heads), body);
      fill(result, leases.length ? el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Leases" }, table) : el("p", {}, "No lease fits."));
    } catch (error) {
      if (mine === asked) fill(result, el("p", { class: "bad" }, error.message));
    }
  }

  back.onclick = () => {
    after = starts.pop() ?? "";
    search();
  };
  function anew(event) {
    event?.preventDefault();
    starts.length = 0;
    after = "";
    search();
  }
  let timer = 0;
  form.addEventListener("submit", anew);
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(anew, 150);
  });
  content.append(el("h2", {}, "Leases"), form, status, result, el("div", { class: "actions" }, back, forth));
  search();
  command("leases-search", { prepare: true, limit: 1 }).catch(() => {}); // so that the searches to come are fast
  return () => clearTimeout(timer);
}
