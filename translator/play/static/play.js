// The page of the playground. All text from events and mappings is set as text, never as markup.

import { Editor } from "./editor.js";

// Milliseconds after a change until it is translated; and after that, until all that is not mapped
// is searched for, then until everything is checked, and until the state goes into the history.
const DELAY = 50;
const SOON = 200;
const IDLE = 500;
const SETTLED = 2000;
const MAX_HISTORY = 20;
const MAX_LINK = 4 * 1024 * 1024;
const STORE = "translator-play-history";
const TOKEN = document.querySelector('meta[name="play-token"]').content;
const PAGE = `${Math.random()}`;

const byId = (id) => document.getElementById(id);

let start = null; // formats and what the command line named
let pair = null; // the mappings and examples of the pair that is shown
let state = { source: "", target: "", texts: {}, event: "", params: {}, allow: [] };
let shown = ""; // the name of the mapping in the editor
let found = { findings: [], key: "" };
let last = null; // the last explanation
let number = 0;
let loading = 0;
let pending = null; // the state that is being loaded
let abort = null;
const timers = {};

const eventEditor = new Editor(byId("event-editor"), () => {
  state.event = eventEditor.value;
  byId("example").value = "";
  changed();
});
const mappingEditor = new Editor(byId("mapping-editor"), () => {
  state.texts[shown] = mappingEditor.value;
  showEdited();
  changed();
});

// --- requests -------------------------------------------------------------------------------------

class Failure extends Error {
  constructor(status, message) {
    super(message || `the server replied with ${status}`);
    this.status = status;
  }
}

async function send(action, data, signal) {
  let reply;
  try {
    reply = await fetch(`/api/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Play-Token": TOKEN },
      body: JSON.stringify(data),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, "the playground does not answer; is `translator play` still running?");
  }
  const result = await reply.json();
  if (!reply.ok) throw new Failure(reply.status, result.error);
  return result;
}

function report(error) {
  if (error.name === "AbortError" || error.status === 409) return;
  showText("problem", error.message);
}

// --- text -----------------------------------------------------------------------------------------

// Characters that change the direction of the text around them become visible.
function plain(text) {
  return String(text).replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) =>
    `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = plain(text);
  if (className) made.className = className;
  return made;
}

function shorten(text, length) {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function showText(id, text) {
  byId(id).textContent = plain(text || "");
  byId(id).hidden = !text;
}

function options(select, placeholder, groups) {
  select.replaceChildren();
  if (placeholder) select.append(new Option(placeholder, ""));
  for (const [label, items] of groups) {
    const parent = label ? document.createElement("optgroup") : select;
    if (label) {
      parent.label = label;
      select.append(parent);
    }
    for (const [value, text] of items) parent.append(new Option(plain(text), value));
  }
}

// --- the pair -------------------------------------------------------------------------------------

function showFormats({ source, target }) {
  const sources = Object.keys(start.targets);
  options(byId("source"), "", [["", sources.map((name) => [name, name])]]);
  options(byId("target"), "", [["", (start.targets[source] || []).map((name) => [name, name])]]);
  byId("source").value = source;
  byId("target").value = target;
  byId("swap").disabled = !(start.targets[target] || []).includes(source);
}

// Change `state`, load the mappings and examples of its pair, then translate.
async function loadPair(changes = {}) {
  const turn = ++loading;
  // A pair that is still being loaded counts: its target may be chosen before it is there.
  pending = { ...(pending || state), ...changes };
  const wanted = pending;
  showFormats(wanted);
  let next;
  try {
    next = await send("pair", { source: wanted.source, target: wanted.target });
  } catch (error) {
    if (turn !== loading) return;
    pending = null;
    showFormats(state);
    report(error);
    return;
  }
  if (turn !== loading) return;
  state = wanted;
  pending = null;
  pair = next;
  for (const mapping of pair.mappings) mapping.text = mapping.text.replace(/\r\n?/g, "\n");
  for (const [name, text] of Object.entries(state.texts)) {
    const file = fileOf(name);
    if (file && file.text === text.replace(/\r\n?/g, "\n")) delete state.texts[name];
  }
  if (!Object.keys(state.params).length && !state.allow.length) {
    state.params = { ...pair.params };
    state.allow = [...pair.allow];
  }
  const examples = pair.examples;
  const groups = new Map();
  examples.forEach((example, index) => {
    groups.set(example.group, [...(groups.get(example.group) || []), [String(index), example.label]]);
  });
  options(byId("example"), examples.length ? "choose an event" : "there is none", groups);
  if (!state.event.trim() && examples.length) useExample(0);
  const index = examples.findIndex(({ event }) => event === state.event);
  byId("example").value = index < 0 ? "" : String(index);
  eventEditor.value = state.event;
  found = { findings: [], key: "" };
  last = null;
  byId("picture-scroll").hidden = true;
  showText("problem", "");
  options(byId("mapping-name"), "", [["", pair.mappings.map(({ name }) => [name, name])]]);
  byId("route").textContent = plain(pair.route.join(" → "));
  const edited = pair.mappings.find(({ name }) => name in state.texts);
  showMapping(pair.mappings.some(({ name }) => name === shown) ? shown : (edited || pair.mappings[0]).name);
  byId("params").replaceChildren();
  byId("opt-ins").replaceChildren();
  byId("arguments").hidden = true;
  await evaluate();
}

function fileOf(name) {
  return pair.mappings.find((each) => each.name === name);
}

function textOf(name) {
  return state.texts[name] ?? fileOf(name).text;
}

function showMapping(name) {
  shown = name;
  byId("mapping-name").value = name;
  mappingEditor.value = textOf(name);
  byId("conflict").hidden = true;
  showEdited();
  showFindings();
}

function showEdited() {
  const file = fileOf(shown);
  if (state.texts[shown] === file.text) delete state.texts[shown];
  const isEdited = shown in state.texts;
  byId("edited").hidden = byId("reset").hidden = !isEdited;
  byId("save").hidden = !(start.writes && isEdited);
}

function useExample(index) {
  const example = pair.examples[index];
  state.event = example.event;
  if (example.params) {
    state.params = { ...pair.params, ...example.params };
    state.allow = [...new Set([...pair.allow, ...example.allow])];
  }
  eventEditor.value = state.event;
  byId("example").value = String(index);
}

// --- params and opt-ins ---------------------------------------------------------------------------

function showArguments(description) {
  const params = byId("params");
  const names = description.params.map(({ name, required }) => `${name} ${required}`).join();
  if (params.dataset.names !== names || !params.children.length) {
    params.dataset.names = names;
    params.replaceChildren(...description.params.map(({ name, about, required }) => {
      const label = element("label");
      const input = document.createElement("input");
      input.name = name;
      input.required = required;
      input.autocomplete = "off";
      input.addEventListener("input", () => {
        state.params[name] = input.value;
        changed();
      });
      label.append(element("span", required ? `${name} (required)` : name), input, element("small", about));
      return label;
    }));
  }
  for (const input of params.querySelectorAll("input")) {
    if (input !== document.activeElement) input.value = state.params[input.name] ?? "";
  }
  const optIns = byId("opt-ins");
  if (optIns.dataset.names !== description.optIns.join() || !optIns.children.length) {
    optIns.dataset.names = description.optIns.join();
    optIns.replaceChildren(...description.optIns.map((name) => {
      const label = element("label");
      const input = document.createElement("input");
      input.type = "checkbox";
      input.name = name;
      input.addEventListener("change", () => {
        state.allow = state.allow.filter((each) => each !== name);
        if (input.checked) state.allow.push(name);
        changed();
      });
      label.append(input, element("span", `allow ${name}`));
      return label;
    }));
  }
  for (const input of optIns.querySelectorAll("input")) input.checked = state.allow.includes(input.name);
  const { crosswalks } = description;
  byId("crosswalks").textContent = `Crosswalks that apply: ${crosswalks.join(", ")}`;
  byId("crosswalks").hidden = !crosswalks.length;
  const count = description.params.length + description.optIns.length + crosswalks.length;
  byId("arguments").hidden = !count;
}

// --- evaluation -----------------------------------------------------------------------------------

function changed() {
  byId("status").textContent = "";
  later("evaluate", DELAY, evaluate);
}

function later(name, delay, action) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(action, delay);
}

function allTexts() {
  return Object.fromEntries(pair.mappings.map(({ name }) => [name, textOf(name)]));
}

async function evaluate() {
  if (!pair) return;
  clearTimeout(timers.evaluate);
  clearTimeout(timers.check);
  const mine = ++number;
  if (abort) abort.abort();
  abort = new AbortController();
  const began = performance.now();
  const params = Object.fromEntries(Object.entries(state.params).filter(([, value]) => value !== ""));
  const request = { source: state.source, target: state.target, texts: allTexts() };
  const key = JSON.stringify(request);
  let result;
  try {
    const more = { event: state.event, params, allow: state.allow, page: PAGE, number: mine };
    result = await send("evaluate", { ...request, ...more }, abort.signal);
  } catch (error) {
    if (mine === number) report(error);
    return;
  }
  if (mine !== number) return;
  showText("problem", "");
  show(result);
  if (found.key !== key) {
    const others = found.findings.filter((each) => !each.stops);
    const errors = result.findings.map((each) => ({ ...each, stops: true }));
    found = { findings: errors.length ? errors : others, key: "" };
    showFindings();
    later("check", SOON, async () => {
      await check(mine, request, key, false);
      if (mine === number) later("check", IDLE, () => check(mine, request, key, true));
    });
  }
  byId("time").textContent = `updated in ${Math.round(performance.now() - began)} ms`;
  saveLink();
  later("history", SETTLED, remember);
}

async function check(mine, request, key, complete) {
  try {
    const more = { complete, page: PAGE, number: mine };
    const { findings } = await send("check", { ...request, ...more }, abort.signal);
    if (mine !== number) return;
    found = { findings, key: complete ? key : "" };
    showFindings();
    byId("findings").dataset.complete = String(complete);
  } catch (error) {
    if (mine === number) report(error);
  }
}

function show(result) {
  const explanation = result.explanation;
  showText("event-error", result.eventError);
  showText("argument-error", result.argumentError);
  if (result.pair) showArguments(result.pair);
  const reasons = [];
  if (!result.pair) reasons.push("the mapping has errors");
  if (result.eventError) reasons.push("the event is not JSON");
  if (result.argumentError) reasons.push("a param is refused");
  if (explanation) {
    last = explanation;
    showExplanation(explanation);
    byId("picture").src = `data:image/svg+xml,${encodeURIComponent(result.picture)}`;
    byId("picture-scroll").hidden = false;
  } else if (!last) {
    showExplanation(null);
  }
  const because = reasons.join(", and ");
  const stale = last ? `Stale: this is the last result, because ${because}.` : `There is no translation, because ${because}.`;
  showText("stale", explanation ? "" : stale);
  document.body.classList.toggle("stale", !explanation);
  const events = explanation ? explanation.events.length : 0;
  const outcome = !explanation ? "no new translation" : explanation.refused ? "the event is refused" : `${count(events, "event")} written`;
  if (byId("outcome").textContent !== outcome) byId("outcome").textContent = outcome;
}

function count(amount, noun) {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

function showExplanation(explanation) {
  const refused = explanation && explanation.refused;
  const refusal = byId("refusal");
  refusal.hidden = !refused;
  if (refused) {
    const title = element("p");
    title.append(element("strong", `Refused: ${refused.code} at ${shorten(refused.path, 300)}`));
    const parts = [title, element("p", refused.message), element("p", `What to do: ${refused.help}`)];
    if (refused.rule) {
      const place = element("p", "Rule: ");
      place.append(jump(refused.rule));
      parts.push(place);
    }
    refusal.replaceChildren(...parts);
  }
  const events = explanation ? explanation.events : [];
  byId("events").replaceChildren(...events.map((event, index) => {
    const card = element("article", undefined, "card");
    if (events.length > 1) card.append(element("h3", `event ${index + 1} of ${events.length}`));
    const code = element("pre", JSON.stringify(event, null, 2));
    code.tabIndex = 0;
    code.setAttribute("role", "region");
    code.setAttribute("aria-label", events.length > 1 ? `translated event ${index + 1}` : "translated event");
    card.append(code);
    return card;
  }));
  const losses = explanation && !refused ? explanation.read.filter(({ fate }) => !["kept", "implied"].includes(fate)) : [];
  byId("losses").replaceChildren(...losses.map((loss) => {
    const row = element("tr");
    const field = element("td");
    field.append(element("code", shorten(loss.path, 300)), element("div", shorten(JSON.stringify(loss.value), 200), "value"));
    const reason = element("td", loss.because);
    if (loss.rule) {
      const place = element("div");
      place.append(jump(loss.rule));
      reason.append(place);
    }
    row.append(field, element("td", loss.fate), reason);
    return row;
  }));
  byId("losses-scroll").hidden = !losses.length;
  byId("no-losses").hidden = Boolean(losses.length);
  const written = explanation ? explanation.written : [];
  byId("how").replaceChildren(...written.map((leaf) => {
    const row = element("tr");
    const target = element("td");
    const prefix = events.length > 1 ? `[${leaf.event + 1}] ` : "";
    target.append(element("code", prefix + shorten(leaf.path, 300)), element("div", shorten(JSON.stringify(leaf.value), 200), "value"));
    const sources = element("td");
    for (const source of leaf.sources) {
      const line = element("div");
      line.append(element("code", shorten(source, 300)));
      sources.append(line);
    }
    if (!leaf.sources.length) sources.append(element("span", "no field of the event", "value"));
    const rules = element("td");
    for (const rule of leaf.rules) {
      const line = element("div");
      line.append(jump(rule.rule), element("span", ` ${rule.how}${rule.name ? ` ${rule.name}` : ""}${rule.only ? ` (only ${rule.only})` : ""}`));
      if (rule.because) line.append(element("div", rule.because, "value"));
      rules.append(line);
    }
    row.append(target, sources, rules);
    return row;
  }));
  byId("how-scroll").hidden = !written.length;
  byId("no-how").hidden = Boolean(written.length);
}

// A button that leads to a place in a mapping, `NAME:LINE:COLUMN`.
function jump(place) {
  const [, name, line, column] = /^(.*?)(?::(\d+))?(?::(\d+))?$/s.exec(place);
  const button = element("button", line ? `${name}:${line}` : name, "jump");
  button.type = "button";
  button.addEventListener("click", () => {
    if (!fileOf(name)) return;
    if (name !== shown) showMapping(name);
    mappingEditor.jump(Number(line || 1), Number(column || 1));
  });
  return button;
}

function showFindings() {
  const order = (finding) => pair.mappings.findIndex(({ name }) => name === finding.file);
  const findings = [...found.findings].sort((a, b) => order(a) - order(b) || a.line - b.line || a.column - b.column);
  mappingEditor.mark(findings.filter(({ file }) => file === shown));
  byId("findings").replaceChildren(...findings.map((finding) => {
    const item = element("li", undefined, finding.severity);
    item.append(jump(`${finding.file}:${finding.line}:${finding.column}`));
    item.append(" ", element("strong", finding.severity), " ", element("code", finding.code), element("div", shorten(finding.message, 2000)));
    if (finding.hint) item.append(element("div", shorten(finding.hint, 2000), "value"));
    return item;
  }));
  byId("no-findings").hidden = Boolean(findings.length);
  byId("findings-title").textContent = findings.length ? `Findings (${findings.length})` : "Findings";
}

// --- saving ---------------------------------------------------------------------------------------

async function save() {
  const name = shown;
  const text = textOf(name);
  const file = fileOf(name);
  if (!(name in state.texts)) return;
  try {
    const request = { source: state.source, target: state.target, texts: { [name]: text } };
    const reply = await send("save", { ...request, mapping: name, seen: file.seen });
    if (reply.conflict) {
      showConflict(name, file, reply);
      return;
    }
    file.text = text;
    file.seen = reply.seen;
    byId("conflict").hidden = true;
    showText("problem", "");
    byId("status").textContent = `saved ${plain(reply.saved)}`;
    if (name === shown) showEdited();
  } catch (error) {
    report(error);
  }
}

function showConflict(name, file, reply) {
  showText("conflict-text", `${reply.conflict}. Nothing was saved. Load the file and drop your changes, or keep your text and save again to overwrite the file.`);
  byId("conflict").hidden = false;
  byId("load-file").onclick = () => {
    file.text = reply.text.replace(/\r\n?/g, "\n");
    file.seen = reply.seen;
    delete state.texts[name];
    showMapping(name);
    changed();
    mappingEditor.area.focus();
  };
  byId("keep-mine").onclick = () => {
    file.seen = reply.seen;
    byId("conflict").hidden = true;
    byId("save").focus();
  };
  byId("load-file").focus();
}

// --- links and history ----------------------------------------------------------------------------

async function throughStream(bytes, stream) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MAX_LINK) throw new Error("the link is too long");
    chunks.push(value);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

// The state as a fragment: `1.` and compressed, or `0.` and plain; base64url.
async function toFragment(value) {
  let bytes = new TextEncoder().encode(JSON.stringify(value));
  let kind = "0";
  if (window.CompressionStream) {
    bytes = await throughStream(bytes, new CompressionStream("deflate-raw"));
    kind = "1";
  }
  let binary = "";
  for (let index = 0; index < bytes.length; index += 8192) binary += String.fromCharCode(...bytes.subarray(index, index + 8192));
  return `${kind}.${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

async function fromFragment(fragment) {
  const [kind, data] = fragment.split(".");
  let bytes = Uint8Array.from(atob(data.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  if (kind === "1") bytes = await throughStream(bytes, new DecompressionStream("deflate-raw"));
  return cleanState(JSON.parse(new TextDecoder().decode(bytes)));
}

function cleanState(value) {
  const strings = (object) => Object.fromEntries(Object.entries(object || {}).filter(([, text]) => typeof text === "string"));
  const string = (text) => (typeof text === "string" ? text : "");
  return {
    source: string(value.source),
    target: string(value.target),
    texts: strings(value.texts),
    event: string(value.event),
    params: strings(value.params),
    allow: Array.isArray(value.allow) ? value.allow.filter((name) => typeof name === "string") : [],
  };
}

async function saveLink() {
  const mine = number;
  const fragment = await toFragment({ ...state, texts: allTexts() });
  if (mine !== number) return;
  try {
    history.replaceState(null, "", `#${fragment}`);
  } catch { /* some browsers allow only so many changes a minute */ }
}

async function copyLink() {
  await saveLink();
  let message = "the address of this page is the link; it could not be copied";
  try {
    await navigator.clipboard.writeText(location.href);
    message = "link copied";
  } catch { /* the browser may not allow it */ }
  byId("status").textContent = message;
}

function readHistory() {
  try {
    const entries = JSON.parse(localStorage.getItem(STORE) || "[]");
    return Array.isArray(entries) ? entries.filter((entry) => entry && entry.state) : [];
  } catch {
    return [];
  }
}

function remember() {
  const current = JSON.stringify(state);
  const entries = readHistory().filter((entry) => JSON.stringify(entry.state) !== current);
  entries.unshift({ at: Date.now(), state });
  try {
    localStorage.setItem(STORE, JSON.stringify(entries.slice(0, MAX_HISTORY)));
  } catch { /* private mode, or full */ }
  showHistory();
}

function showHistory() {
  const entries = readHistory().map(({ at, state: { source, target } }, index) => [
    String(index), `${source} → ${target}, ${new Date(at).toLocaleTimeString()}`,
  ]);
  options(byId("history"), entries.length ? "go back to" : "empty", [["", entries]]);
}

async function restoreLink() {
  const fragment = location.hash.slice(1);
  if (!fragment) return false;
  try {
    const wanted = await fromFragment(fragment);
    if (!(start.targets[wanted.source] || []).includes(wanted.target)) {
      throw new Error(`it names the formats ${shorten(wanted.source, 80)} and ${shorten(wanted.target, 80)}, which have no route here`);
    }
    await loadPair(wanted);
    return true;
  } catch (error) {
    return `The link cannot be opened: ${error.message}.`;
  }
}

// --- controls -------------------------------------------------------------------------------------

byId("source").addEventListener("change", () => {
  const source = byId("source").value;
  const targets = start.targets[source] || [];
  const current = byId("target").value;
  const target = targets.includes(current) ? current : targets[0];
  loadPair({ source, target, event: "", params: {}, allow: [] });
});
byId("target").addEventListener("change", () => loadPair({ target: byId("target").value, params: {}, allow: [] }));
byId("swap").addEventListener("click", () => {
  const translated = last && last.events.length && !document.body.classList.contains("stale") ? JSON.stringify(last.events[0], null, 2) : "";
  loadPair({ source: state.target, target: state.source, event: translated, params: {}, allow: [] });
});
byId("example").addEventListener("change", () => {
  const index = byId("example").value;
  if (index === "") return;
  useExample(Number(index));
  evaluate();
});
byId("history").addEventListener("change", () => {
  const entry = readHistory()[byId("history").value];
  if (entry) loadPair(cleanState(entry.state));
});
byId("mapping-name").addEventListener("change", () => showMapping(byId("mapping-name").value));
byId("reset").addEventListener("click", () => {
  delete state.texts[shown];
  showMapping(shown);
  mappingEditor.area.focus();
  evaluate();
});
byId("format").addEventListener("click", () => {
  try {
    eventEditor.value = state.event = JSON.stringify(JSON.parse(state.event), null, 2);
  } catch { /* the message below the event says what is wrong */ }
});
byId("save").addEventListener("click", save);
byId("link").addEventListener("click", copyLink);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    if (start && start.writes) save();
    else byId("status").textContent = "nothing is saved without --write; the link holds your work";
  }
});
window.addEventListener("hashchange", async () => {
  const problem = await restoreLink();
  if (typeof problem === "string") showText("problem", problem);
});

async function main() {
  try {
    start = await send("start", {});
  } catch (error) {
    report(error);
    return;
  }
  showHistory();
  state = { ...state, source: start.source, target: start.target, event: start.event };
  showFormats(state);
  const restored = await restoreLink();
  if (restored === true) return;
  if (state.source) await loadPair();
  if (typeof restored === "string") showText("problem", restored);
}

main();
