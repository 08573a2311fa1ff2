// The page: runs the query in the fragment of the address and shows its result.

import { byId, element } from "./dom.js";
import * as api from "./api.js";
import * as box from "./query-box.js";
import { openCellMenu } from "./cell-menu.js";
import { PREFIX, withClauses } from "./clauses.js";
import { clearFacts, showFacts } from "./facts.js";
import { showGroups } from "./groups.js";
import { showRows } from "./rows.js";
import { showGraph } from "./graph.js";
import { explain } from "./row-drawer.js";
import { howToImport, openInventory } from "./inventory-panel.js";
import { download } from "./download.js";

const EXAMPLES = [
  ["Who is administrator?", "action.access.isadministrative = true"],
  ["Who can become administrator?", "source.reachesadministrator = true AND action.access.isadministrative = true"],
  ["What is public?", "source.public = true"],
  ["Who reaches in from outside?", "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'"],
  ["What is unused?", "action.lastaccess.days > 90"],
  ["Who can escalate?", "action.name CONTAINS ALL ('iam:PassRole', 'lambda:CreateFunction')"],
  ["Who can read this object?", "action.name = 's3:GetObject' AND dest.cloud.resource.id COVERS 'arn:aws:s3:::bucket/key'"],
];
const VIEWS = ["groups", "rows", "graph"];
const FIRST_ROWS = 100;
/** After this time a reader wants to know that something is going on. */
const SLOW_MS = 400;
const STORED = "permission-explorer-queries";
const MOST_RECENT = 4;
const view = byId("view");

let running = new AbortController();
let current = null;
/** Whether the API groups rows; found out by the first attempt. */
let canGroup = true;
let shown = new AbortController();

// The fragment holds the query and the view. Browsers never send it to a server.
const state = () => new URLSearchParams(location.hash.slice(1));

function setState(changes) {
  const next = state();
  for (const [key, value] of Object.entries(changes)) next.set(key, value);
  history.pushState(null, "", `${location.pathname}${location.search}#${next}`);
}

// A browser may forbid storage: then the last queries are not offered, and all else works.
function remember(query) {
  try {
    localStorage.setItem(STORED, JSON.stringify([query, ...lastQueries().filter((one) => one !== query)].slice(0, 8)));
  } catch { /* as above */ }
}

function lastQueries() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(stored) ? stored.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function offerQueries() {
  const button = (title, query) => element("button", { type: "button", title: query, onclick: () => { box.setText(query); submit(); } }, title);
  const short = (query) => (query.length > 60 ? `${query.slice(0, 57)} …` : query);
  byId("examples").replaceChildren(...EXAMPLES.map(([title, condition]) => button(title, PREFIX + condition)));
  const recent = lastQueries().filter((query) => !EXAMPLES.some(([, condition]) => PREFIX + condition === query)).slice(0, MOST_RECENT);
  byId("recent").hidden = recent.length === 0;
  byId("recent").replaceChildren(element("span", { className: "muted" }, "Recent"), ...recent.map((query) => button(short(query.replace(PREFIX, "")), query)));
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

function addClauses(clauses, operator) {
  box.setText(withClauses(box.text(), clauses, operator));
  submit();
}

const filter = (event, clauses) => openCellMenu(event, clauses, addClauses);

async function showView() {
  shown.abort();
  shown = new AbortController();
  const signal = shown.signal;
  const asked = state().get("view");
  const wanted = canGroup ? (VIEWS.includes(asked) ? asked : "groups") : "rows";
  for (const name of VIEWS) {
    const tab = byId(`tab-${name}`);
    tab.hidden = !canGroup && name !== "rows";
    tab.setAttribute("aria-selected", String(name === wanted));
    tab.tabIndex = name === wanted ? 0 : -1;
  }
  view.setAttribute("aria-labelledby", `tab-${wanted}`);
  const { query, reply } = current;
  const total = reply.data.totalRows;
  byId("views").hidden = total === 0;
  byId("empty").replaceChildren();
  try {
    if (total === 0) {
      byId("empty").replaceChildren(reply.snapshot ? element("p", { className: "empty" }, "No row matches the query.") : howToImport());
    } else if (wanted === "rows") {
      showRows(view, { data: reply.data, filter, explain: (row) => explain(row, query), fail, signal });
    } else if (wanted === "graph") {
      await showGraph(view, { query, filter, signal });
    } else {
      const choose = (by) => { setState({ by }); showView(); };
      await showGroups(view, { query, field: state().get("by") ?? "source", totalRows: total, choose, filter, fail, signal });
    }
  } catch (error) {
    if (signal.aborted) return;
    if (canGroup && error.status === 404) {
      canGroup = false;
      await showView();
    } else {
      view.replaceChildren(element("p", { className: "muted" }, "This view could not be loaded."));
      fail(error);
    }
  }
}

/** Tells that the query is running, and offers to stop it. */
function showProgress(isRunning) {
  byId("results").hidden = false;
  byId("results").setAttribute("aria-busy", String(isRunning));
  byId("running").hidden = !isRunning;
  if (isRunning) clearFacts("The query is still running …");
}

/** Runs the query of the box. */
async function run() {
  running.abort();
  running = new AbortController();
  const signal = running.signal;
  const query = box.text();
  box.clearNotes();
  const slow = setTimeout(() => showProgress(true), SLOW_MS);
  const started = performance.now();
  try {
    const reply = await api.search(query, FIRST_ROWS, signal);
    clearTimeout(slow);
    if (signal.aborted) return;
    current = { query, reply };
    showProgress(false);
    box.showWarnings(reply.warnings ?? []);
    showFacts(reply, performance.now() - started, signal);
    remember(query);
    offerQueries();
    await showView();
  } catch (error) {
    clearTimeout(slow);
    if (running.signal !== signal) return;
    current = null;
    showProgress(false);
    byId("results").hidden = true;
    byId("views").hidden = true;
    byId("empty").replaceChildren();
    clearFacts();
    fail(error);
  }
}

function submit() {
  if (box.text() !== state().get("q")) setState({ q: box.text() });
  run();
}

function stop() {
  running.abort();
  byId("query").focus();
}

function askForKey(message = "") {
  byId("sign-in-error").textContent = message;
  if (!byId("sign-in").open) byId("sign-in").showModal();
}

function fromAddress() {
  const query = state().get("q") ?? PREFIX + EXAMPLES[0][1];
  if (current?.query === query) {
    box.setText(query);
    showView();
    return;
  }
  box.setText(query);
  run();
}

function begin() {
  byId("sign-out").hidden = !api.canSignOut();
  fromAddress();
}

byId("query-form").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
byId("open-inventory").addEventListener("click", openInventory);
byId("sign-out").addEventListener("click", () => { api.signOut(); location.reload(); });
byId("stop").addEventListener("click", stop);
// Not a link: with an element `base`, the address of a link to a fragment is another page.
byId("skip").addEventListener("click", () => byId("results").focus());
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
for (const name of VIEWS) {
  byId(`tab-${name}`).addEventListener("click", () => { setState({ view: name }); if (current) showView(); });
}
document.querySelector('[role="tablist"]').addEventListener("keydown", (event) => {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  const tabs = [...event.currentTarget.children].filter((tab) => !tab.hidden);
  const next = tabs[(tabs.indexOf(document.activeElement) + move + tabs.length) % tabs.length];
  next.focus();
  next.click();
});
for (const kind of ["csv", "ndjson"]) {
  byId(`download-${kind}`).addEventListener("click", () => current && download(kind, current.query, fail));
}
addEventListener("popstate", () => { if (api.isSignedIn()) fromAddress(); });

box.start(submit);
offerQueries();
if (api.isSignedIn()) begin();
else askForKey();
