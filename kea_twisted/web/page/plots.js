// Lines over the last minute, or the last five, as SVG.
import { el, svg } from "./dom.js";

const SPANS = [60, 300]; // seconds
const MARKS = [1, 0.8, 0.6, 0.4, 0.2];
const WIDTH = 600;
const HEIGHT = 150;
const LEFT = 52;
const BOTTOM = 24;

// The next number above that is 1, 2 or 5 times a power of ten.
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 5, 10]) if (value <= factor * power * 1.0000001) return factor * power;
  return 10 * power;
}

function shown(value) {
  if (value === null || value === undefined) return "–";
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2).replace(/\.?0+$/, "");
}

// Paths of a series: a gap where there is no value.
export function path(samples, key, end, top, seconds) {
  let drawn = "";
  let pen = false;
  for (const sample of samples) {
    const value = sample[key];
    if (value === null || value === undefined) {
      pen = false;
      continue;
    }
    const x = WIDTH - (end - sample.at) * ((WIDTH - LEFT) / seconds);
    const y = HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - 8);
    if (x < LEFT) continue;
    drawn += `${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    if (!pen) drawn += "h0.01";
    pen = true;
  }
  return drawn;
}

export function plot(title, unit, series) {
  const lines = series.map(([, , style]) => svg("path", { class: `line ${style}` }));
  const grid = [0, 0.5, 1].map((part) => {
    const y = HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - 8);
    return { part, text: svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }), rule: svg("path", { class: "rule", d: `M${LEFT} ${y}H${WIDTH}` }) };
  });
  const times = MARKS.map((part, index) => svg("text", { x: WIDTH - part * (WIDTH - LEFT), y: HEIGHT - 4, "text-anchor": index ? "middle" : "start", class: index % 2 ? "few" : "many" }));
  const values = series.map(() => el("strong", {}, "–"));
  const legend = el("ul", { class: "legend" }, series.map(([, label, style], index) => el("li", {}, el("span", { class: `key ${style}`, "aria-hidden": "true" }), `${label} `, values[index])));
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img", "aria-label": `${title}, ${unit}, over the last minutes` }, grid.map((each) => [each.rule, each.text]).flat(), times, lines);
  const made = el("section", { class: "card", "aria-label": title }, el("h3", {}, title, " ", el("span", { class: "muted" }, unit)), picture, legend);

  function update(samples) {
    const last = samples[samples.length - 1];
    if (!last) return;
    const highest = Math.max(0, ...samples.flatMap((sample) => series.map(([key]) => sample[key] ?? 0)));
    const top = ceiling(highest);
    const seconds = last.at - samples[0].at <= SPANS[0] ? SPANS[0] : SPANS[1];
    times.forEach((text, index) => {
      const ago = MARKS[index] * seconds;
      const shownAgo = seconds > 60 ? `−${ago / 60} min` : `−${ago} s`;
      if (text.textContent !== shownAgo) text.textContent = shownAgo;
    });
    for (const each of grid) {
      const text = shown(each.part * top);
      if (each.text.textContent !== text) each.text.textContent = text;
    }
    series.forEach(([key], index) => {
      lines[index].setAttribute("d", path(samples, key, last.at, top, seconds));
      const text = shown(last[key]);
      if (values[index].textContent !== text) values[index].textContent = text;
    });
  }
  return { made, update };
}
