// What an operator can do with a relationship and with the configuration.
import { Refused, command, commands, partner } from "./api.js";
import { question, toast } from "./dialogs.js";
import { el, number } from "./dom.js";

function button(label, act, props = {}) {
  return el("button", { type: "button", onclick: act, ...props }, label);
}

function maintain(relationship, node) {
  const others = relationship.servers.filter((each) => each.name !== node.name).map((each) => each.name).join(", ");
  const text = `${others} takes over all clients and ${node.name} stops to answer them. Then ${node.name} may be shut down.`;
  question(`Take ${node.name} out of service`, el("p", {}, text), "Take it out of service", async () => {
    // the server that stays is the one that is asked
    const answer = node.here ? await partner(relationship, "ha-maintenance-start") : await command("ha-maintenance-start");
    return answer.text;
  });
}

function cancel(relationship, node) {
  question("End the maintenance", el("p", {}, "Both servers return to the states in which they were."), "End it", async () => {
    const answer = node.here ? await command("ha-maintenance-cancel") : await partner(relationship, "ha-maintenance-cancel");
    return answer.text;
  });
}

function sync(relationship) {
  const other = relationship.servers.find((node) => !node.here);
  const text = `This server fetches all leases of ${other.name} that it lacks. Clients are answered meanwhile.`;
  question("Synchronize leases", el("p", {}, text), "Synchronize", async () => {
    const answer = await command("ha-sync", { "server-name": other.name });
    return answer.text;
  });
}

function shown(value) {
  return value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
}

export function difference(changes) {
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Changes" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ["Place", "In force", "In the file"].map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, changes.map((each) => el("tr", {}, el("td", { class: "code" }, each.path), el("td", { class: "code" }, shown(each.before)), el("td", { class: "code" }, shown(each.after))))),
    ),
  );
}

async function reload() {
  let found;
  try {
    found = (await command("config-diff")).arguments;
  } catch (error) {
    toast(error.message, true);
    return;
  }
  const count = found.changes.length;
  const more = found.count - count;
  const content = count
    ? [el("p", {}, `${number(found.count)} ${found.count === 1 ? "value" : "values"} would change:`), difference(found.changes), more > 0 ? el("p", {}, `and ${number(more)} more.`) : null]
    : [el("p", {}, "The file says what is in force. Reservations that were added by command would not change.")];
  question("Read the configuration file again", el("div", {}, content), "Reload", async () => (await command("config-reload")).text);
}

export function nodeActions(relationship) {
  const place = el("div", { class: "actions" });
  commands().then((known) => {
    const has = (name) => known.has(name);
    const active = relationship.servers.filter((node) => node.state !== undefined);
    if (active.length === 2) {
      for (const node of active) {
        if (has("ha-maintenance-start")) place.append(button(`Take ${node.name} out of service`, () => maintain(relationship, node)));
      }
      for (const node of active) {
        if (has("ha-maintenance-cancel")) place.append(button("End the maintenance", () => cancel(relationship, node), { "data-while": "partner-in-maintenance", "data-server": node.name, hidden: true }));
      }
      if (has("ha-sync")) place.append(button("Synchronize leases", () => sync(relationship)));
    }
  }, () => {});
  return place;
}

// Buttons that make sense in one state only.
export function adjust(place, relationship) {
  for (const each of place.querySelectorAll("[data-while]")) {
    const node = relationship.servers.find((server) => server.name === each.dataset.server);
    each.hidden = node?.state !== each.dataset.while;
  }
}

export function serverActions() {
  const place = el("div", { class: "actions" });
  commands().then((known) => {
    if (known.has("config-diff")) place.append(button("Reload the configuration …", reload));
  }, () => {});
  return place;
}

export { Refused };
