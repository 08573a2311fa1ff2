// The rows of a query: a table whose columns can be chosen, page by page.

import { element, number } from "./dom.js";
import { nextPage } from "./api.js";
import { EXCEPTIONS } from "./exceptions.js";

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
const LAST_ACCESS = { NOT_ACCESSED_IN_TRACKING_PERIOD: "never", NOT_AVAILABLE: "not tracked" };

const shown = new Set(COLUMNS.filter((column) => column[3]).map((column) => column[0]));

/** A code that can be broken behind its words. */
const code = (text) => element("span", { className: "code", title: EXCEPTIONS[text] }, ...text.split("_").flatMap((word, index) => (index ? ["_", element("wbr"), word] : [word])));

function content(row, [member, , attribute], filter) {
  const value = row[member];
  if (member === "exceptions") return value.map((one) => code(one.messageCode));
  if (member === "lastAccessDate") return value ?? LAST_ACCESS[row.lastAccessStatus] ?? row.lastAccessStatus ?? "";
  if (member.startsWith("source") && row.sourcePublic) {
    const open = (event) => filter(event, [["source.public", true]]);
    return value === null ? "public" : element("button", { className: "cell", type: "button", onclick: open }, member === "sourceResourceName" ? "everybody" : value);
  }
  if (value === null) return "";
  return element("button", { className: "cell", type: "button", onclick: (event) => filter(event, [[attribute, value]]) }, value);
}

/** Shows the rows of a first page and loads further pages when the reader comes near the end. */
export function showRows(view, { data, filter, explain, fail, signal }) {
  let token = data.nextPageToken;
  let loading = false;
  const items = [];
  // Roles are written out: on a narrow screen the style makes cards of the rows, which would take the roles away.
  const body = element("tbody", { role: "rowgroup" });
  const head = element("thead", { role: "rowgroup" });
  const table = element("table", { role: "table", className: "cards" }, head, body);
  const scroll = element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Rows" }, table);
  const status = element("span", { className: "muted", role: "status" });
  const more = element("button", { type: "button", onclick: () => load() }, "Load more rows");
  const visible = () => COLUMNS.filter((column) => shown.has(column[0]));

  const cell = (column, row) => {
    const [member, title] = column;
    const inside = content(row, column, filter);
    const isEmpty = inside === "" || (Array.isArray(inside) && !inside.length);
    return element("td", { role: "cell", "data-title": title, className: `${member}${isEmpty ? " none" : ""}` }, inside);
  };
  const line = (row) => {
    const name = `Why can ${row.sourcePublic ? "everybody" : row.sourceResourceName} do ${row.effectiveActionName}?`;
    const why = element("button", { type: "button", className: "why", "aria-label": name, onclick: () => explain(row) }, "Why");
    return element("tr", { role: "row" }, element("td", { role: "cell" }, why), ...visible().map((column) => cell(column, row)));
  };
  const redraw = () => {
    const title = (text) => element("th", { role: "columnheader", scope: "col" }, text);
    head.replaceChildren(element("tr", { role: "row" }, title(element("span", { className: "unseen" }, "Explanation")), ...visible().map((column) => title(column[1]))));
    body.replaceChildren(...items.map(line));
  };
  const add = (rows) => {
    items.push(...rows);
    body.append(...rows.map(line));
    status.textContent = `${number(items.length)} of ${number(data.totalRows)} rows, in the order of the API. Click a value to filter by it.`;
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
