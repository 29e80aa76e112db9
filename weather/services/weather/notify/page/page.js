// Stations and what they say, one of them in more detail, limits of whoever looks, and alerts as they come.
"use strict";

const $ = (id) => document.getElementById(id);
const RECENT = 200, EVERY = 5000, AGAIN = 2000, HISTORY = 100;
const SIZE = { width: 600, height: 200, left: 72, right: 12, top: 16, bottom: 30 };
let user = localStorage.getItem("user") || "";
let station = "", limits = {}, stream = null, last = 0;

async function ask(path, options) {
  const answer = await fetch(path, options);
  const said = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const why = said.reason || (Array.isArray(said.detail) ? said.detail.map((one) => one.msg).join("; ") : said.detail);
  throw Object.assign(new Error(why || `the service said ${answer.status}`), { status: answer.status });
}

const at = (...names) => "/" + names.map(encodeURIComponent).join("/");
const degrees = (value) => `${value.toFixed(1).replace("-", "−")}\u00a0°C`;
const today = (ms) => new Date(ms).toDateString() === new Date().toDateString();
const clock = (ms) => new Date(ms).toLocaleString([], today(ms) ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "medium" });

function made(name, attributes = {}, ...content) {
  const svg = ["circle", "line", "polyline", "text", "title"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...content); // as text: nothing that anybody sent becomes part of the page
  return node;
}

const timed = (ms) => made("time", { datetime: new Date(ms).toISOString() }, clock(ms));

async function showStations() {
  try {
    const all = await ask("/stations");
    const focused = document.activeElement?.dataset?.station;
    $("stations").replaceChildren(...all.map(row));
    if (focused) document.querySelector(`[data-station="${CSS.escape(focused)}"]`)?.focus();
    $("no-stations").hidden = all.length > 0;
    $("trouble").hidden = true;
    if (station) await showHistory();
  } catch (error) {
    $("trouble").textContent = `No news of stations: ${error.message}. Trying again.`;
    $("trouble").hidden = false;
  }
}

function row(one) {
  const name = made("button", { type: "button", "data-station": one.station }, one.station);
  name.onclick = () => choose(one.station);
  const number = made("td", { class: "number" }, degrees(one.temperature));
  return made("tr", {}, made("td", {}, name), number, made("td", {}, timed(one.at)));
}

async function choose(name) {
  station = name;
  $("one").hidden = false;
  $("one-title").textContent = name;
  $("said").textContent = "";
  await showLimits();
  await showStations();
  $("one-title").focus();
}

async function showHistory() {
  const readings = (await ask(`${at("stations", station, "readings")}?limit=${HISTORY}`)).reverse();
  const text = readings.length ? told(readings) : "No reading since yesterday";
  $("history").replaceChildren(made("title", { id: "history-title" }, text), ...(readings.length ? drawn(readings) : []));
  $("span").textContent = text;
}

function told(readings) {
  const values = readings.map((one) => one.temperature), count = readings.length;
  return `${count} reading${count > 1 ? "s" : ""} until ${clock(readings.at(-1).at)}: ` +
    `${degrees(Math.min(...values))} to ${degrees(Math.max(...values))}`;
}

function drawn(readings) {
  const own = [limits.high, limits.low].filter((one) => one != null);
  const values = [...readings.map((one) => one.temperature), ...own];
  const [low, high] = [Math.min(...values) - 0.5, Math.max(...values) + 0.5];
  const [first, end] = [readings[0].at, Math.max(readings.at(-1).at, readings[0].at + 1)];
  const { width, height, left, right, top, bottom } = SIZE;
  const x = (ms) => left + (width - left - right) * (ms - first) / (end - first);
  const y = (value) => height - bottom - (height - top - bottom) * (value - low) / (high - low);
  const across = (value, attributes) => made("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), ...attributes });
  const label = (value) => made("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(1).replace("-", "−"));
  const points = readings.map((one) => `${x(one.at).toFixed(1)},${y(one.temperature).toFixed(1)}`).join(" ");
  const time = (ms) => new Date(ms).toLocaleTimeString();
  return [
    ...[low, (low + high) / 2, high].flatMap((value) => [across(value, {}), label(value)]),
    ...own.map((value) => across(value, { class: "limit" })),
    made("polyline", { points }),
    made("circle", { cx: x(readings.at(-1).at), cy: y(readings.at(-1).temperature), r: 4 }),
    made("text", { x: left, y: height - 6 }, time(first)),
    made("text", { x: width - right, y: height - 6, "text-anchor": "end" }, time(readings.at(-1).at)),
  ];
}

async function showLimits() {
  limits = {};
  if (user) limits = await ask(at("stations", station, "limits", user)).catch(() => ({}));
  for (const side of ["high", "low"]) $("limits").elements[side].value = limits[side] ?? "";
}

async function change(method, wish) {
  if (!user) return say("Say who you are first.");
  const body = wish && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) };
  try {
    await ask(at("stations", station, "limits", user), { method, ...body });
    await showLimits();
    await showHistory();
    say(wish ? "Set: it holds for readings from now on." : "Removed.");
  } catch (error) {
    say(`Not changed: ${error.message}.`);
  }
}

const say = (text) => { $("said").textContent = text; };

function listen() {
  stream?.close();
  // A browser resumes a broken stream by itself, but not one that was refused: then this begins anew, after the last.
  const own = stream = new EventSource(`${at("users", user, "alerts", "stream")}${last ? `?after=${last}` : ""}`);
  $("state").textContent = "Connecting…";
  own.onopen = () => { $("state").textContent = `${user} listens.`; };
  own.onmessage = (event) => show(JSON.parse(event.data));
  own.onerror = () => {
    $("state").textContent = "Connection lost. Connecting again…";
    if (own.readyState === EventSource.CLOSED) setTimeout(() => own === stream && listen(), AGAIN);
  };
}

function show(alert) {
  last = alert.position;
  const above = alert.high != null && alert.temperature > alert.high;
  const beyond = above ? `above ${degrees(alert.high)}` : alert.low != null ? `below ${degrees(alert.low)}` : "";
  const item = made("li", {}, made("strong", {}, degrees(alert.temperature)), ` at ${alert.station}, ${beyond}`, timed(alert.at));
  $("alerts").prepend(item);
  while ($("alerts").children.length > RECENT) $("alerts").lastChild.remove();
  counted($("alerts").children.length);
}

function counted(count) {
  $("no-alerts").hidden = count > 0;
  $("seen").hidden = count === 0;
  $("count").textContent = count ? `(${count === RECENT ? `newest ${RECENT}` : count})` : "";
}

$("who").elements.user.value = user;
$("who").onsubmit = (event) => {
  event.preventDefault();
  const name = $("who").elements.user.value;
  if (name !== user) { last = 0; $("alerts").replaceChildren(); counted(0); }
  user = name;
  localStorage.setItem("user", user);
  listen();
  if (station) showLimits().then(showHistory);
};
$("limits").onsubmit = (event) => {
  event.preventDefault();
  const side = (name) => $("limits").elements[name].value === "" ? null : Number($("limits").elements[name].value);
  change("PUT", { high: side("high"), low: side("low") });
};
$("remove").onclick = () => change("DELETE");
$("seen").onclick = async () => {
  try {
    await ask(at("users", user, "alerts", "acknowledged"), {
      method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ up_to: last }),
    });
    $("alerts").replaceChildren();
    counted(0);
  } catch (error) {
    $("state").textContent = `Not kept that you have seen them: ${error.message}.`;
  }
};
if (user) listen();
showStations();
setInterval(showStations, EVERY);
