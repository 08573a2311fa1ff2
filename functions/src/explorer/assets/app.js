// The page: runs the query in the fragment of the address and shows its result.

import { byId, element, number, time } from "./dom.js";
import * as api from "./api.js";
import * as box from "./query-box.js";
import { showGroups } from "./groups.js";
import { showRows } from "./rows.js";
import { showGraph } from "./graph.js";
import { explain } from "./row-drawer.js";
import { howToImport, openInventory } from "./inventory-panel.js";
import { download } from "./download.js";

const PREFIX = "config from iam where ";
const EXAMPLES = [
  ["Who is administrator?", "action.access.isadministrative = true"],
  ["Who can become administrator?", "source.reachesadministrator = true AND action.access.isadministrative = true"],
  ["What is public?", "source.public = true"],
  ["Who reaches in from outside?", "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'"],
  ["What is unused?", "action.lastaccess.days > 90"],
  ["Who can escalate?", "action.name CONTAINS ALL ('iam:PassRole', 'lambda:CreateFunction')"],
  ["Who can read this object?", "action.name = 's3:GetObject' AND dest.cloud.resource.id COVERS 'arn:aws:s3:::bucket/key'"],
];
const FIRST_ROWS = 100;
const STORED = "permission-explorer-queries";
const facts = byId("facts");
const view = byId("view");

let running = new AbortController();
let current = null;
/** Whether the API groups rows; found out by the first attempt. */
let canGroup = true;
let shown = new AbortController();

// The fragment holds the query and the view. Browsers never send it to a server.
const state = () => new URLSearchParams(location.hash.slice(1));

function setState(changes, replace = false) {
  const next = state();
  for (const [key, value] of Object.entries(changes)) next.set(key, value);
  const address = `${location.pathname}${location.search}#${next}`;
  history[replace ? "replaceState" : "pushState"](null, "", address);
}

function remember(query) {
  try {
    const last = JSON.parse(localStorage.getItem(STORED) ?? "[]").filter((one) => one !== query);
    localStorage.setItem(STORED, JSON.stringify([query, ...last].slice(0, 8)));
  } catch {
    // A browser may forbid storage: then the last queries are not offered, and all else works.
  }
}

function lastQueries() {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? "[]");
  } catch {
    return [];
  }
}

function examples() {
  const button = (title, query) => element("button", { type: "button", title: query, onclick: () => { box.setText(query); submit(); } }, title);
  const short = (query) => (query.length > 60 ? `${query.slice(0, 57)} …` : query);
  byId("examples").replaceChildren(...EXAMPLES.map(([title, condition]) => button(title, PREFIX + condition)),
    ...lastQueries().filter((query) => !EXAMPLES.some(([, condition]) => PREFIX + condition === query)).slice(0, 4).map((query) => button(short(query.replace(PREFIX, "")), query)));
}

function fail(error) {
  if (error.name === "AbortError") return;
  if (error.status === 401) {
    api.signOut();
    askForKey("The session is over. Sign in again.");
    return;
  }
  box.showError(error, submit);
}

/** Adds a clause to the query; the query stays the only truth. */
function addClause(attribute, operator, value) {
  const query = box.text().trimEnd();
  const literal = typeof value === "boolean" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
  const body = query.toLowerCase().startsWith(PREFIX.trim()) ? query.slice(PREFIX.length - 1).trim() : query;
  const grouped = /\bOR\b/i.test(body.replace(/'(?:[^']|'')*'/g, "")) ? `(${body})` : body;
  box.setText(`${PREFIX}${grouped ? `${grouped} AND ` : ""}${attribute} ${operator} ${literal}`);
  submit();
}

/** A small menu at a cell: filter by its value or exclude it. */
function filter(event, attribute, value) {
  document.querySelector(".menu")?.remove();
  const opener = event.currentTarget;
  const close = () => { menu.remove(); opener.focus(); };
  const item = (operator) => element("button", { type: "button", role: "menuitem", onclick: () => { menu.remove(); addClause(attribute, operator, value); } }, `${operator === "=" ? "Only" : "Without"} ${attribute} ${operator} '${value}'`);
  const menu = element("div", { className: "menu", role: "menu", onkeydown: (key) => {
    if (key.key === "Escape") close();
    const items = [...menu.children];
    const move = { ArrowDown: 1, ArrowUp: -1 }[key.key];
    if (move) {
      key.preventDefault();
      items[(items.indexOf(document.activeElement) + move + items.length) % items.length].focus();
    }
  } }, item("="), item("!="));
  const at = opener.getBoundingClientRect();
  document.body.append(menu);
  menu.style.left = `${Math.max(4, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`;
  menu.firstChild.focus();
  setTimeout(() => addEventListener("click", (click) => { if (!menu.contains(click.target)) menu.remove(); }, { once: true }));
}

function showFacts(reply, milliseconds) {
  const total = reply.data.totalRows;
  const parts = [element("strong", {}, number(total)), total === 1 ? " row" : " rows", ` in ${(milliseconds / 1000).toFixed(milliseconds < 950 ? 2 : 1)} s. `];
  const gaps = [];
  if (reply.notEvaluated?.length) gaps.push(`Not evaluated: ${reply.notEvaluated.join(", ")}.`);
  const missing = (reply.warnings ?? []).filter((warning) => ["NO_DATA", "NOTHING_IMPORTED"].includes(warning.code)).length;
  if (missing) gaps.push("Data are missing, see the notes above.");
  if (reply.complete && !missing) parts.push(element("span", { className: "sure" }, "Nothing that is not evaluated can change this result. "));
  if (gaps.length) parts.push(element("span", { className: "gap" }, gaps.join(" ")));
  if (total === 0 && (gaps.length || !reply.complete)) parts.push(element("span", { className: "gap" }, " No row is not a proof that nobody has access."));
  facts.replaceChildren(...parts);
  byId("snapshot").textContent = reply.snapshot ? `Snapshot of ${time(reply.snapshot.createdAt)}` : "Nothing is imported yet";
}

async function showView() {
  shown.abort();
  shown = new AbortController();
  const signal = shown.signal;
  const wanted = canGroup ? (state().get("view") ?? "groups") : "rows";
  for (const name of ["groups", "rows", "graph"]) {
    const tab = byId(`tab-${name}`);
    tab.hidden = !canGroup && name !== "rows";
    tab.setAttribute("aria-selected", String(name === wanted));
    tab.tabIndex = name === wanted ? 0 : -1;
  }
  const { query, reply } = current;
  try {
    if (reply.data.totalRows === 0) {
      view.replaceChildren(reply.snapshot ? element("p", { className: "empty" }, "No row matches the query.") : howToImport());
    } else if (wanted === "rows") {
      showRows(view, { data: reply.data, filter, explain, fail, signal });
    } else if (wanted === "graph") {
      await showGraph(view, { query, filter, signal });
    } else {
      const choose = (by) => { setState({ by }); showView(); };
      await showGroups(view, { query, field: state().get("by") ?? "source", totalRows: reply.data.totalRows, choose, filter, signal });
    }
  } catch (error) {
    if (canGroup && error.status === 404) {
      canGroup = false;
      await showView();
    } else {
      fail(error);
    }
  }
}

/** Runs the query of the box. */
async function run() {
  running.abort();
  running = new AbortController();
  const signal = running.signal;
  const query = box.text();
  byId("run").disabled = true;
  const slow = setTimeout(() => { facts.textContent = "The query is still running …"; }, 700);
  const started = performance.now();
  try {
    const reply = await api.search(query, FIRST_ROWS, signal);
    current = { query, reply };
    box.showWarnings(reply.warnings ?? []);
    showFacts(reply, performance.now() - started);
    byId("views").hidden = false;
    remember(query);
    examples();
    await showView();
  } catch (error) {
    if (error.name !== "AbortError") {
      facts.textContent = "";
      byId("views").hidden = true;
      fail(error);
    }
  } finally {
    clearTimeout(slow);
    if (running.signal === signal) byId("run").disabled = false;
  }
}

function submit() {
  setState({ q: box.text() });
  run();
}

function askForKey(message = "") {
  byId("sign-in-error").textContent = message;
  byId("sign-in").showModal();
}

function fromAddress() {
  const query = state().get("q");
  box.setText(query ?? PREFIX + EXAMPLES[0][1]);
  run();
}

function begin() {
  byId("sign-out").hidden = !api.canSignOut();
  fromAddress();
}

byId("query-form").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
byId("open-inventory").addEventListener("click", openInventory);
byId("sign-out").addEventListener("click", () => { api.signOut(); location.reload(); });
byId("sign-in").addEventListener("cancel", (event) => event.preventDefault());
byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const secret = byId("key-secret");
  try {
    await api.signIn(byId("key-id").value.trim(), secret.value);
    secret.value = "";
    byId("sign-in").close();
    begin();
  } catch (error) {
    byId("sign-in-error").textContent = error.message;
  }
});
for (const name of ["groups", "rows", "graph"]) {
  byId(`tab-${name}`).addEventListener("click", () => { setState({ view: name }); if (current) showView(); });
}
document.querySelector('[role="tablist"]').addEventListener("keydown", (event) => {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  const tabs = [...event.currentTarget.children];
  const next = tabs[(tabs.indexOf(document.activeElement) + move + tabs.length) % tabs.length];
  next.focus();
  next.click();
});
for (const kind of ["csv", "ndjson"]) {
  byId(`download-${kind}`).addEventListener("click", () => current && download(kind, current.query, fail));
}
addEventListener("popstate", () => { if (api.isSignedIn()) fromAddress(); });

box.start(submit);
examples();
if (api.isSignedIn()) begin();
else askForKey();
