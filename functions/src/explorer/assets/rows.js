// The rows of a query: a table whose columns can be chosen, page by page.

import { element, number } from "./dom.js";
import { nextPage } from "./api.js";

/** Columns: member of the row, title, attribute of the query language that selects its value, shown from the start. */
const COLUMNS = [
  ["sourceResourceName", "Source", "source.cloud.resource.name", true],
  ["sourceResourceType", "Source type", "source.cloud.resource.type", false],
  ["sourceCloudAccount", "Source account", "source.cloud.account", false],
  ["effectiveActionName", "Action", "action.name", true],
  ["destResourceId", "Destination", "dest.cloud.resource.id", true],
  ["destResourceType", "Destination type", "dest.cloud.resource.type", false],
  ["destCloudAccount", "Destination account", "dest.cloud.account", false],
  ["grantedByCloudPolicyName", "Policy", "grantedby.cloud.policy.name", true],
  ["grantedByCloudPolicyType", "Policy type", "grantedby.cloud.policy.type", false],
  ["grantedByCloudEntityName", "Granting entity", "grantedby.cloud.entity.name", true],
  ["lastAccessDate", "Last access", null, true],
  ["exceptions", "Exceptions", null, true],
];

const shown = new Set(COLUMNS.filter((column) => column[3]).map((column) => column[0]));

function content(row, [member, , attribute], filter) {
  const value = row[member];
  if (member === "exceptions") return value.map((one) => element("span", { className: "code" }, one.messageCode));
  if (member === "lastAccessDate") return value ?? { NOT_ACCESSED_IN_TRACKING_PERIOD: "never", NOT_AVAILABLE: "not tracked" }[row.lastAccessStatus] ?? row.lastAccessStatus ?? "";
  if (value === null) return member === "sourceCloudAccount" ? "public" : "";
  return element("button", { className: "cell", type: "button", onclick: (event) => filter(event, attribute, value) }, value);
}

/** Shows the rows of a first page and loads further pages when the reader comes near the end. */
export function showRows(view, { data, filter, explain, fail, signal }) {
  let token = data.nextPageToken;
  let loading = false;
  const items = [];
  const body = element("tbody");
  const head = element("thead");
  const table = element("table", {}, head, body);
  const scroll = element("div", { className: "scroll", tabIndex: 0 }, table);
  const status = element("span", { className: "muted", role: "status" });
  const more = element("button", { type: "button", onclick: () => load() }, "Load more rows");
  const visible = () => COLUMNS.filter((column) => shown.has(column[0]));

  const line = (row) => element("tr", {}, element("td", {}, element("button", { type: "button", "aria-label": "Why does this row exist?", onclick: () => explain(row) }, "Why?")),
    ...visible().map((column) => element("td", {}, content(row, column, filter))));
  const redraw = () => {
    head.replaceChildren(element("tr", {}, element("th", {}, ""), ...visible().map((column) => element("th", {}, column[1]))));
    body.replaceChildren(...items.map(line));
  };
  const add = (rows) => {
    items.push(...rows);
    body.append(...rows.map(line));
    status.textContent = `${number(items.length)} of ${number(data.totalRows)} rows are shown, in the order of the API.`;
    more.hidden = !token;
  };
  const load = async () => {
    if (loading || !token) return;
    loading = true;
    more.disabled = true;
    try {
      const page = await nextPage(token, signal);
      token = page.nextPageToken;
      add(page.items);
    } catch (error) {
      fail(error);
    } finally {
      loading = false;
      more.disabled = false;
    }
  };
  scroll.addEventListener("scroll", () => {
    if (scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - 300) load();
  });
  const chooser = element("details", { className: "columns" }, element("summary", {}, "Columns"),
    ...COLUMNS.map(([member, title]) => element("label", {}, element("input", { type: "checkbox", checked: shown.has(member), onchange: (event) => {
      if (event.target.checked) shown.add(member);
      else shown.delete(member);
      redraw();
    } }), title)));
  redraw();
  add(data.items);
  view.replaceChildren(chooser, scroll, element("div", { className: "row" }, status, more));
}
