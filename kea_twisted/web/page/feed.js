// The events of the server: the last content of each section, and functions that are called when one changes.
// A page that is not visible reads nothing: a browser has few connections to one server.
import { url } from "./api.js";

const HISTORY = 300; // seconds that the plots show
const content = new Map();
const readers = new Map();
let source = null;
let report = () => {};

export function latest(name) {
  return content.get(name);
}

export function follow(name, reader) {
  if (!readers.has(name)) readers.set(name, new Set());
  readers.get(name).add(reader);
  if (content.has(name)) reader(content.get(name));
  return () => readers.get(name).delete(reader);
}

function take(name, value) {
  content.set(name, value);
  for (const reader of readers.get(name) ?? []) reader(value);
}

const SECTIONS = ["server", "pair", "timeline", "rates", "pools", "log"];
const NEWS = {
  rates: (known, sample) => [...known, sample].slice(-HISTORY),
  log: (known, lines) => [...known, ...lines.filter((line) => !(line.number <= known.at(-1)?.number))].slice(-HISTORY),
};

function open() {
  if (source) return;
  report("opening");
  source = new EventSource(url("events"));
  source.onopen = () => report("open");
  source.onerror = () => {
    report("lost");
    if (source && source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(() => document.hidden || open(), 2000);
    }
  };
  for (const name of SECTIONS) {
    source.addEventListener(name, (event) => take(name, JSON.parse(event.data)));
  }
  for (const [name, join] of Object.entries(NEWS)) {
    source.addEventListener(`${name}-news`, (event) => take(name, join(content.get(name) ?? [], JSON.parse(event.data))));
  }
}

function close() {
  source?.close();
  source = null;
}

export function begin(reportLink) {
  report = reportLink;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else open();
  });
  if (!document.hidden) open();
}
