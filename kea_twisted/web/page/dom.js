// Elements and texts. Nothing here takes markup from data: text becomes text nodes.

export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (value === true) made.setAttribute(name, "");
    else made.setAttribute(name, value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function svg(tag, props = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) made.setAttribute(name, value);
  made.append(...children.flat());
  return made;
}

// Put new content in place of the old one, keeping focus on the element with the same data-key.
export function fill(place, ...children) {
  const active = document.activeElement;
  const key = place.contains(active) ? active.dataset.key : null;
  place.replaceChildren(...children.flat(3).filter(Boolean));
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

// 3 d 4 h, 12 min 5 s, 7 s
export function duration(seconds) {
  let left = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [unit, size] of UNITS) {
    if (parts.length === 2) break;
    const count = Math.floor(left / size);
    if (count || (unit === "s" && !parts.length)) parts.push(`${count} ${unit}`);
    else if (parts.length) break;
    left -= count * size;
  }
  return parts.join(" ");
}

export const number = new Intl.NumberFormat("en").format;

export function when(seconds) {
  const date = new Date(seconds * 1000);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString("en-CA")} ${time}`;
}

export function time(seconds) {
  return el("time", { datetime: new Date(seconds * 1000).toISOString() }, when(seconds));
}

export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let step = 0;
  while (count >= 1000 && step < units.length - 1) {
    count /= 1000;
    step += 1;
  }
  return `${count < 10 && step ? count.toFixed(1) : Math.round(count)} ${units[step]}`;
}

export function badge(text, kind = "") {
  return el("span", { class: `badge ${kind}` }, text);
}
