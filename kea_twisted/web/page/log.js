// The last warnings and errors of the server's log.
import { badge, el, fill, time } from "./dom.js";
import * as feed from "./feed.js";

const KINDS = { WARN: "warn", ERROR: "bad", FATAL: "bad" };

function entry(line) {
  return el(
    "li",
    {},
    el("p", {}, time(line.at), " ", badge(line.severity.toLowerCase(), KINDS[line.severity] ?? ""), " ", el("strong", { class: "code" }, line.id)),
    el("p", {}, line.text),
  );
}

export function show(content) {
  const lines = el("div", { class: "card" });
  content.append(el("h2", {}, "Warnings of the log"), lines);
  return feed.follow("log", (found) => {
    if (!found) fill(lines, el("p", { class: "muted" }, "Warnings name clients: they are shown to users who may send lease4-get-all."));
    else if (!found.length) fill(lines, el("p", { class: "muted" }, "No warning since this server started."));
    else fill(lines, el("ol", { class: "lines" }, [...found].reverse().map(entry)));
  });
}
