// Both servers side by side, what they do at the moment, and the steps that led there.
import { badge, duration, el, fill, number, time, when } from "./dom.js";
import * as feed from "./feed.js";
import { adjust, nodeActions, serverActions } from "./actions.js";
import { plot } from "./plots.js";

const KINDS = {
  "hot-standby": "ok",
  "load-balancing": "ok",
  "passive-backup": "ok",
  backup: "ok",
  terminated: "bad",
  unavailable: "bad",
};

export function kindOf(state) {
  return KINDS[state] ?? (state ? "warn" : "");
}

// A list of terms whose values are set later, so that a screen reader does not hear all of it every second.
function facts(labels) {
  const values = new Map();
  const list = el("dl", { class: "facts" });
  for (const label of labels) {
    const value = el("dd", {});
    values.set(label, value);
    list.append(el("div", { hidden: true }, el("dt", {}, label), value));
  }
  return {
    list,
    set(label, text, kind = "") {
      const value = values.get(label);
      if (value.textContent !== text) value.textContent = text;
      if (value.className !== kind) value.className = kind;
      value.parentElement.hidden = text === "";
    },
  };
}

const LABELS = [
  "Serves scopes",
  "DHCP service",
  "Last heartbeat",
  "Clock",
  "Updates it lacks",
  "Clients waiting",
  "Its DHCP side",
  "Up for",
];

function scopes(node) {
  return node.scopes?.length ? node.scopes.join(" and ") : "none at present";
}

function clock(skew) {
  if (skew === null || skew === undefined) return "not compared";
  if (skew === 0) return "the same";
  return `${duration(Math.abs(skew))} ${skew > 0 ? "ahead" : "behind"}`;
}

function service(node, server) {
  const state = node.here ? server["dhcp-state"] : node.report?.["dhcp-state"];
  if (!state) return "";
  if (!state["globally-disabled"]) return "on";
  if (state["disabled-by-user"]) return "off: switched off by an operator";
  return "off in this state";
}

function card(node) {
  const state = el("span", { class: "state" });
  const since = el("span", { class: "since" });
  const outlook = el("p", { class: "outlook" });
  const rows = facts(LABELS);
  const made = el(
    "article",
    { class: "card node", "data-server": node.name, "aria-label": node.name },
    el("header", {}, el("h3", {}, node.name), badge(node.role), node.here ? badge("this server", "here") : null),
    el("p", { class: "now" }, state, " ", since),
    rows.list,
    el("h4", {}, node.here ? "If its partner failed now" : "If this server failed now"),
    outlook,
  );
  function update(node, server, now) {
    state.textContent = node.state ?? "takes lease updates";
    state.className = `state ${kindOf(node.state)}`;
    since.textContent = node.since ? `for ${duration(now - node.since)}` : "";
    rows.set("Serves scopes", node.scopes ? scopes(node) : "");
    rows.set("DHCP service", service(node, server), service(node, server).startsWith("off: ") ? "bad" : "");
    if (node.here) {
      rows.set("Up for", duration(now - server.started));
    } else {
      const late = node.interrupted ? "bad" : "";
      rows.set("Last heartbeat", node.heard === undefined ? "" : node.heard === null ? "never" : `${duration(node.heard)} ago`, late);
      rows.set("Clock", node["clock-skew"] === undefined ? "" : clock(node["clock-skew"]), Math.abs(node["clock-skew"] ?? 0) > 30 ? "bad" : "");
      rows.set("Updates it lacks", node.owed === undefined ? "" : number(node.owed), node.owed ? "warn" : "");
      rows.set("Its DHCP side", (node.report?.sockets?.errors ?? []).join("; "), "bad");
      rows.set("Clients waiting", node.interrupted ? `${node.connecting}, ${node.unacked} of them in vain` : "");
      rows.set("Up for", node.report?.uptime === undefined ? "" : duration(node.report.uptime + now - node.report.at));
    }
    const text = node.outlook ?? "";
    if (outlook.textContent !== text) outlook.textContent = text;
    outlook.className = `outlook ${node["takes-over"] ? "ok" : "warn"}`;
  }
  return { made, update };
}

function pairs(place) {
  let signature = null;
  let cards = [];
  return function update() {
    const server = feed.latest("server");
    const found = feed.latest("pair");
    if (!server || !found) return;
    const names = JSON.stringify(found.map((each) => each.servers.map((node) => [node.name, node.role])));
    if (names !== signature) {
      signature = names;
      cards = found.map((each) => each.servers.map(card));
      place.replaceChildren(
        ...(found.length ? found.map((each, index) => section(each, cards[index])) : [alone(server)]),
      );
    }
    place.querySelectorAll(".pair").forEach((each, index) => adjust(each, found[index]));
    found.forEach((each, index) => each.servers.forEach((node, at) => cards[index][at].update(node, server, server.now)));
  };
}

function section(relationship, cards) {
  const names = relationship.servers.map((node) => node.name).join(" and ");
  return el(
    "section",
    { class: "pair", "aria-label": `${relationship.mode}: ${names}` },
    el("div", { class: "nodes" }, cards.map((each) => each.made)),
    nodeActions(relationship),
  );
}

function alone(server) {
  const ready = server.ready ? badge("ready", "ok") : badge("not ready", "bad");
  return el("div", { class: "card" }, el("h3", {}, "This server has no partner"), el("p", {}, ready));
}

function timeline(place) {
  return function update(steps) {
    if (!steps.length) {
      fill(place, el("p", { class: "muted" }, "No step since this server started."));
      return;
    }
    fill(
      place,
      el(
        "ol",
        { class: "timeline", reversed: true },
        steps.slice(0, 40).map((step) =>
          el(
            "li",
            { class: kindOf(step.after) },
            el("p", {}, time(step.at), " ", el("strong", {}, step.server), " ", step.before && step.before !== step.after ? `${step.before} → ` : "", badge(step.after, kindOf(step.after))),
            step.reason ? el("p", { class: "reason" }, step.reason) : null,
          ),
        ),
      ),
    );
  };
}

export function show(content) {
  const nodes = el("div", {});
  const steps = el("div", { class: "card" });
  const exchanges = plot("Exchanges", "per second", [
    ["acks", "acknowledged", "one"],
    ["offers", "offered", "two"],
    ["naks", "refused", "three"],
  ]);
  const latency = plot("Time to the reply", "ms", [
    ["mean", "mean", "one"],
    ["most", "95 % within", "two"],
  ]);
  content.append(
    el("h2", { class: "visually-hidden" }, "Overview"),
    nodes,
    el("div", { class: "plots" }, exchanges.made, latency.made),
    el("h2", {}, "What happened"),
    steps,
    serverActions(),
  );
  const update = pairs(nodes);
  const ends = [
    feed.follow("server", update),
    feed.follow("pair", update),
    feed.follow("timeline", timeline(steps)),
    feed.follow("rates", exchanges.update),
    feed.follow("rates", latency.update),
  ];
  return () => ends.forEach((end) => end());
}
