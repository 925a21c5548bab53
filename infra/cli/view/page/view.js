// The page: its buttons, its list of polygons, and its messages.

import * as api from "./api.js";
import { Drawing } from "./drawing.js";
import { Stage } from "./stage.js";

const COLOURS = 6;
const LATER = 200; // ms between the last change and the next placing of the people

const at = (id) => document.getElementById(id);
const drawing = new Drawing(() => render());
const stage = new Stage(at("stage"), at("overlay"), drawing, colourOf);
const rows = new Map();
let revision = 0;
let minConfidence = 0;
let leaving = false;
let placing = null;
let fresh = null; // the polygon that was just drawn and needs a name

function colourOf(polygon) {
  if (polygon.kind === "ignore") return "ignored";
  const zones = drawing.polygons.filter((candidate) => candidate.kind === "zone");
  const index = zones.findIndex((zone) => zone.id === polygon.id);
  return `c${(index < 0 ? zones.length : index) % COLOURS}`;
}

// ---- messages

function say(text, good = false) {
  at("said").hidden = !text;
  at("said").classList.toggle("good", good);
  at("said").textContent = text;
}

function hint() {
  const { draft, polygons } = drawing;
  if (draft && !draft.corners.length) return "Click the first corner on the picture, or move the cross with the arrow keys and press Space.";
  if (draft?.corners.length < 3) return "Click the next corner.";
  if (draft) return "Click the next corner; click the first corner again or press Enter to close the polygon.";
  if (drawing.find(drawing.selected)) return "Drag a corner to move it, or a small dot to add a corner; Delete removes.";
  return polygons.length ? "Click a polygon to change it." : "Add a zone to count a part of the picture separately, or an ignore area in which nobody is counted.";
}

/** Run work that the server may refuse, and show why; the drawing stays. */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    say(error.message);
  }
}

// ---- the list

function render() {
  stage.render();
  for (const [kind, list] of [["zone", at("zones")], ["ignore", at("ignored")]]) renderList(kind, list);
  at("zone").setAttribute("aria-pressed", drawing.draft?.kind === "zone");
  at("ignore").setAttribute("aria-pressed", drawing.draft?.kind === "ignore");
  at("undo").disabled = !drawing.undoable;
  at("redo").disabled = !drawing.redoable;
  at("save").disabled = !drawing.dirty;
  if (at("hint").textContent !== hint()) at("hint").textContent = hint();
  if (at("people").ariaPressed === "true") placeLater();
  if (fresh !== null) nameFresh();
}

function nameFresh() {
  const { name } = rows.get(fresh);
  fresh = null;
  name.focus();
  name.select();
}

function renderList(kind, list) {
  const polygons = drawing.polygons.filter((polygon) => polygon.kind === kind);
  const wanted = polygons.map((polygon) => rowOf(polygon));
  if (!wanted.length) wanted.push(made("li", { className: "none" }, "None yet."));
  const shown = [...list.children];
  if (shown.length !== wanted.length || wanted.some((row, index) => row !== shown[index])) list.replaceChildren(...wanted);
}

function rowOf(polygon) {
  if (!rows.has(polygon.id)) rows.set(polygon.id, newRow(polygon.id));
  const { row, name } = rows.get(polygon.id);
  if (name.value !== polygon.name) name.value = polygon.name;
  row.className = `polygon ${colourOf(polygon)}${polygon.id === drawing.selected ? " selected" : ""}`;
  return row;
}

function newRow(id) {
  const name = made("input", { spellcheck: false, autocomplete: "off", ariaLabel: "Name", maxLength: 63 });
  const count = made("output", {});
  const remove = made("button", { type: "button", ariaLabel: "Delete", title: "Delete" }, "✕");
  let typing = false;
  name.addEventListener("focus", () => drawing.select(id));
  name.addEventListener("input", () => {
    if (!typing) drawing.remember();
    typing = true;
    drawing.change(id, { name: name.value });
  });
  name.addEventListener("blur", () => (typing = false));
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter") stage.focus();
  });
  remove.addEventListener("click", () => drawing.remove(id));
  if (drawing.selected === id) fresh = id;
  const row = made("li", {}, made("span", { className: "swatch" }), name, count, remove);
  return { row, name, count };
}

function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// ---- people

function placeLater() {
  clearTimeout(placing);
  placing = setTimeout(() => attempt(place), LATER);
}

async function place() {
  const { detector, people } = await api.people(drawing.values);
  people.sort((left, right) => left.foot[0] - right.foot[0]);
  if (at("people").ariaPressed !== "true") return;
  stage.people = people;
  stage.render();
  showCounts(detector, people);
}

function showCounts(detector, people) {
  const counted = people.filter((person) => person.counted);
  const number = counted.length === 1 ? "1 person" : `${counted.length} people`;
  at("counts").hidden = false;
  at("counted").textContent = `${number} would be counted (${detector}, confidence >= ${minConfidence}).`;
  at("found").replaceChildren(...people.map(foundRow));
  for (const polygon of drawing.polygons) {
    const inside = people.filter((person) => person[polygon.kind === "zone" ? "zones" : "ignore"].includes(polygon.name.trim()));
    rows.get(polygon.id).count.textContent = inside.length;
  }
}

function foundRow(person) {
  let where = person.zones.join(", ") || "in no zone";
  if (person.ignore.length) where = `ignored: ${person.ignore.join(", ")}`;
  else if (!person.counted) where = "confidence too low";
  return made("li", { className: person.counted ? "" : "not" }, `${person.confidence.toFixed(1)}  ${where}`);
}

async function togglePeople() {
  const on = at("people").ariaPressed !== "true";
  at("people").ariaPressed = on;
  if (on) {
    await attempt(place);
    return;
  }
  clearTimeout(placing);
  stage.people = [];
  stage.render();
  at("counts").hidden = true;
  for (const { count } of rows.values()) count.textContent = "";
}

// ---- the registry

async function load() {
  const [camera, picture] = await Promise.all([api.camera(), api.frame()]);
  at("frame").src = URL.createObjectURL(picture);
  at("frame").alt = `What camera ${camera.camera_id} sees`;
  await at("frame").decode();
  // As large as fits into the window, also for upright pictures.
  at("stage").style.maxWidth = `max(18rem, (100vh - 12.5rem) * ${camera.width / camera.height})`;
  at("camera").replaceChildren(camera.camera_id, made("span", {}, `  ${camera.store_id}`));
  at("origin").textContent = `${camera.origin} · ${camera.width} × ${camera.height}`;
  document.title = `${camera.camera_id} · occupancy`;
  revision = camera.revision;
  minConfidence = camera.min_confidence;
  drawing.load(camera.polygons);
}

async function save() {
  if (!drawing.dirty) return;
  try {
    const saved = await api.save(revision, drawing.values);
    revision = saved.revision;
    drawing.saved(saved.polygons);
    say("Saved. It is in force from the next frame on.", true);
  } catch (error) {
    if (error.status !== 409) throw error;
    const now = await api.camera();
    revision = now.revision;
    minConfidence = now.min_confidence;
    drawing.merge(now.polygons);
    say(`${error.message}. Their polygons are shown beside yours.`);
  }
}

async function done() {
  if (drawing.dirty && !leaving) {
    leaving = true;
    say("There are unsaved changes: save them, or press Done again to discard them.");
    return;
  }
  await api.done();
  drawing.load([]);
  const note = made("p", {}, "The command has ended; you can close this tab.");
  document.body.replaceChildren(made("div", { className: "over" }, made("h1", {}, "Done."), note));
}

// ---- buttons and keys

function begin(kind) {
  if (drawing.draft?.kind === kind) drawing.cancel();
  else drawing.begin(kind);
  stage.focus();
}

const KEYS = { z: () => begin("zone"), i: () => begin("ignore"), p: togglePeople };

function shortcut(event) {
  const key = event.key.toLowerCase();
  const typing = event.target instanceof HTMLInputElement;
  if (event.ctrlKey || event.metaKey) {
    if (key === "s") attempt(save);
    else if (key === "z" && event.shiftKey && !typing) drawing.redo();
    else if (key === "z" && !typing) drawing.undo();
    else return;
  } else if (KEYS[key] && !typing && !event.altKey) {
    KEYS[key]();
  } else {
    return;
  }
  event.preventDefault();
}

at("zone").addEventListener("click", () => begin("zone"));
at("ignore").addEventListener("click", () => begin("ignore"));
at("undo").addEventListener("click", () => drawing.undo());
at("redo").addEventListener("click", () => drawing.redo());
at("people").addEventListener("click", togglePeople);
at("save").addEventListener("click", () => attempt(save));
at("done").addEventListener("click", () => attempt(done));
document.addEventListener("keydown", shortcut);
addEventListener("beforeunload", (event) => {
  if (drawing.dirty) event.preventDefault();
});

attempt(load);
