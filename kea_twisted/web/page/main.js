// The frame of the page: which view is shown, the connection to the server, what needs attention.
import * as explain from "./explain.js";
import * as feed from "./feed.js";
import { duration, el, number } from "./dom.js";
import * as leases from "./leases.js";
import * as log from "./log.js";
import * as overview from "./overview.js";
import * as pools from "./pools.js";

const VIEWS = { overview, pools, leases, explain, log };
const LINK = {
  opening: "connecting",
  open: "live",
  lost: "connection lost, trying again",
};

const content = document.getElementById("content");
let leave = () => {};
let shown = null;

function show(first = false) {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const argument = rest.join("/");
  const chosen = name in VIEWS ? name : "overview";
  if (chosen === shown && !argument) return;
  leave();
  shown = chosen;
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  content.replaceChildren();
  leave = VIEWS[chosen].show(content, decodeURIComponent(argument)) ?? (() => {});
  title();
  if (!first) content.focus();
}

function title() {
  const name = feed.latest("server")?.name || "DHCP server";
  document.getElementById("server-name").textContent = name;
  const view = document.querySelector('#tabs a[aria-current="page"]')?.textContent;
  document.title = `${view} – ${name}`;
}

function link(state) {
  const place = document.getElementById("link");
  if (place.dataset.link === state) return;
  place.dataset.link = state;
  document.getElementById("link-text").textContent = LINK[state];
  attention();
}

// One sentence for each thing that keeps clients from being served.
function complaints() {
  const server = feed.latest("server");
  if (document.getElementById("link").dataset.link === "lost") {
    const others = (feed.latest("pair") ?? []).flatMap((each) => each.servers).filter((each) => !each.here);
    const names = others.map((each) => each.name).join(", ");
    return [`This server does not answer.${names ? ` The page of ${names} may show more.` : ""} What is below is from before.`];
  }
  if (!server) return [];
  const found = [];
  if (server["dhcp-state"]["disabled-by-user"]) found.push("The DHCP service was switched off by an operator.");
  for (const text of server.sockets.errors ?? []) found.push(`Sockets and storage: ${text}.`);
  for (const each of feed.latest("pair") ?? []) {
    for (const other of each.servers) {
      if (other.state === "unavailable") {
        const why = other.evidence && other.evidence !== "none" ? ` (${other.evidence})` : "";
        found.push(`${other.name} does not answer${why}.`);
      } else if (other.report?.error) found.push(`${other.name} does not report: ${other.report.error}.`);
    }
    const watch = each.watch ?? {};
    if (each.paused) found.push("The HA state machine is paused: ha-continue lets it go on.");
    if (watch["peer-roles-conflict"]) found.push(watch["peer-roles-conflict"]);
    if (watch["peer-names-differ"]) found.push(watch["peer-names-differ"]);
    const refused = watch["rejected-updates"]?.length ?? 0;
    if (refused) found.push(`The partner refused ${refused} lease ${refused === 1 ? "update" : "updates"}: ${watch["rejected-updates"][0].reason}`);
  }
  return found;
}

function attention() {
  const place = document.getElementById("alert");
  const found = complaints();
  const text = found.join("\n");
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.hidden = !found.length;
  place.replaceChildren(...found.map((each) => el("p", {}, each)));
}

feed.follow("server", (server) => {
  title();
  attention();
  const parts = [
    `kea-twisted ${server.version}`,
    `up ${duration(server.now - server.started)}`,
    `configuration ${duration(server.now - server.reloaded)} old`,
    `${number(server.leases)} leases in memory`,
  ];
  const text = parts.join(" · ");
  const foot = document.getElementById("foot");
  if (foot.textContent !== text) foot.textContent = text;
});
feed.follow("pair", attention);
addEventListener("hashchange", () => show());
show(true);
feed.begin(link);
