// What a client would get, and why.
import { command } from "./api.js";
import { badge, el, fill } from "./dom.js";

const FIELDS = [
  ["hw-address", "Hardware address", "08:00:27:c4:0f:d1", true],
  ["client-id", "Client identifier (hexadecimal)", "01:08:00:27:c4:0f:d1"],
  ["relay", "Relay address", "10.0.3.1"],
  ["subnet-id", "Subnet id, in place of a relay", ""],
  ["circuit-id", "Circuit identifier (hexadecimal)", ""],
  ["vendor-class", "Vendor class", "PXEClient"],
  ["address", "Address it asks for", ""],
];

function table(caption, heads, rows) {
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("thead", {}, el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell ?? "")))))),
  );
}

function part(title, ...content) {
  return el("section", { class: "card" }, el("h3", {}, title), content);
}

function host(each) {
  return [`${each.type} ${each.value}`, each["ip-address"] ?? "", each.hostname ?? "", each["subnet-id"] === 0 ? "global" : `subnet ${each["subnet-id"]}`];
}

function classes(found) {
  return found.map((each) => el("li", {}, el("p", {}, badge(each.member ? "member" : "no member", each.member ? "ok" : ""), " ", el("strong", {}, each.name)), each.expression ? el("p", { class: "code muted" }, each.expression) : null, each.parts ? el("ul", {}, each.parts.map((step) => el("li", { class: "code" }, `${step.expression}  →  ${step.value}`))) : null));
}

function answer(found) {
  const parts = [el("p", { class: "now" }, el("span", { class: `state ${found.outcome.startsWith("no answer") ? "bad" : "ok"}` }, found.outcome))];
  if (found.notes?.length) parts.push(part("Notes", el("ul", {}, found.notes.map((text) => el("li", {}, text)))));
  if (found.subnet) parts.push(part("Subnet", el("p", {}, el("strong", {}, found.subnet.subnet), ` (id ${found.subnet.id}): ${found.subnet["chosen-by"]}`)));
  else parts.push(part("Subnet", el("p", {}, "None fits the query.")));
  if (found.lease) parts.push(part("Lease", el("p", {}, el("strong", {}, found.lease["ip-address"]), `: ${found.lease.rule}`)));
  const hosts = found.reservations;
  if (hosts) {
    const rows = [...hosts.found.map((each) => [...host(each), "found"]), ...hosts["not-used"].map((each) => [...host(each), each.reason])];
    const looked = hosts["looked-for"].map((each) => `${each.type} ${each.value}`).join(", ");
    parts.push(part("Reservations", el("p", { class: "muted" }, `looked for: ${looked || "nothing"}`), rows.length ? table("Reservations", ["Client", "Address", "Name", "Where", "Result"], rows) : el("p", {}, "None of this client.")));
  }
  if (found.classes?.length) parts.push(part("Classes", el("ul", { class: "lines" }, classes(found.classes))));
  if (found.reply) {
    const rows = found.reply.options.map((each) => [String(each.code), each.name ?? "", each.data ?? each.hex, each.from ?? ""]);
    parts.push(part("Reply", el("p", {}, `to ${found.reply["sent-to"]}`), table("Options of the reply", ["Code", "Name", "Data", "From"], rows), el("details", {}, el("summary", {}, "as it is sent, hexadecimal"), el("pre", {}, found.reply.hex))));
  }
  if (found.log?.length) parts.push(part("Log lines of it", el("ul", { class: "lines" }, found.log.map((line) => el("li", {}, el("strong", { class: "code" }, line.id), " ", line.text)))));
  return parts;
}

export function show(content, argument) {
  const result = el("div", { class: "stack", role: "region", "aria-label": "Explanation", "aria-live": "polite" });
  const [client = "", subnet = ""] = argument.split("/");
  const known = { "hw-address": client, "subnet-id": subnet };
  const inputs = FIELDS.map(([name, label, example, required]) => el("label", {}, label, el("input", { name, placeholder: example, required, autocomplete: "off", spellcheck: "false", value: known[name], inputmode: name === "subnet-id" ? "numeric" : null, pattern: name === "subnet-id" ? "[0-9]*" : null })));
  const form = el("form", { class: "card form", "aria-label": "The query" }, inputs, el("button", { class: "main", type: "submit" }, "Explain"));
  async function submit(event) {
    event?.preventDefault();
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
    for (const name of ["hw-address", "client-id", "circuit-id"]) if (values[name]) values[name] = values[name].replace(/[-.\s]/g, ":");
    if (values["subnet-id"]) values["subnet-id"] = Number(values["subnet-id"]);
    try {
      fill(result, answer((await command("explain", values)).arguments));
    } catch (error) {
      fill(result, el("p", { class: "bad card" }, error.message));
    }
  }
  form.addEventListener("submit", submit);
  content.append(el("h2", {}, "What would this client get, and why?"), el("p", { class: "muted" }, "Nothing is changed and nothing is sent."), form, result);
  if (argument) submit();
}
