// The grouped view: counts for each source, policy, action or destination.

import { counted, element, number } from "./dom.js";
import { groups } from "./api.js";

/**
 * What rows can be grouped by: the API's name of the group, its members, and the attributes that select one group.
 * Patterns of a destination, and ids that are no ARN, do not tell of which type they are.
 */
export const GROUPINGS = [
  { field: "source", title: "Source", attribute: "source.cloud.resource.id", id: "sourceResourceId", name: "sourceResourceName", type: "sourceResourceType", typeAttribute: "source.cloud.resource.type" },
  { field: "grantedByPolicy", title: "Policy", attribute: "grantedby.cloud.policy.id", id: "grantedByCloudPolicyId", name: "grantedByCloudPolicyName", type: "grantedByCloudPolicyType" },
  { field: "action", title: "Action", attribute: "action.name", id: "effectiveActionName", name: "effectiveActionName", type: null },
  { field: "destination", title: "Destination", attribute: "dest.cloud.resource.id", id: "destResourceId", name: "destResourceId", type: "destResourceType", typeAttribute: "dest.cloud.resource.type" },
];

const PAGE = 200;

/** The clauses that select the rows of one group. */
export function clausesOf(grouping, item) {
  const id = item[grouping.id];
  const tellsItsType = grouping.field !== "destination" && id.startsWith("arn:");
  const ofType = grouping.typeAttribute && !tellsItsType ? [[grouping.typeAttribute, item[grouping.type]]] : [];
  return [[grouping.attribute, id], ...ofType];
}

/** Shows one grouping of a query in `view`, sorted by the number of rows. */
export async function showGroups(view, { query, field, totalRows, choose, filter, fail, signal }) {
  const grouping = GROUPINGS.find((one) => one.field === field) ?? GROUPINGS[0];
  const chooser = element("div", { className: "by", role: "group", "aria-label": "Group by" }, "Group by",
    ...GROUPINGS.map((one) => element("button", { type: "button", "aria-pressed": String(one === grouping), onclick: () => choose(one.field) }, one.title)));
  view.replaceChildren(chooser, element("p", { className: "muted" }, "Counting …"));
  let items = [];
  let token = null;
  const load = async () => {
    const page = await groups(query, [grouping.field], PAGE, token, signal);
    items = items.concat(page.data.items);
    token = page.data.nextPageToken;
    render(page.data.totalRows);
  };
  const render = (total) => {
    const sorted = [...items].sort((a, b) => b.rowCount - a.rowCount);
    const most = sorted[0]?.rowCount ?? 1;
    const rows = sorted.map((item) => {
      const bar = element("span");
      bar.style.width = `${Math.max(1, (100 * item.rowCount) / most)}%`;
      const id = item[grouping.id];
      const label = id === "*" && grouping.field === "source" ? "everybody" : item[grouping.name] ?? id ?? "(none)";
      const cell = id === null
        ? element("span", {}, label)
        : element("button", { className: "cell", type: "button", title: id, onclick: (event) => filter(event, clausesOf(grouping, item)) }, label);
      return element("tr", {},
        element("td", {}, cell, grouping.type && item[grouping.type] ? element("span", { className: "type" }, item[grouping.type]) : null),
        element("td", { className: "count" }, number(item.rowCount)),
        element("td", { className: "meter", "aria-hidden": "true" }, bar));
    });
    const table = element("table", {},
      element("thead", {}, element("tr", {}, element("th", {}, grouping.title), element("th", { className: "count" }, "Rows"), element("th", { "aria-hidden": "true" }))),
      element("tbody", {}, ...rows));
    const more = token
      ? element("div", { className: "row" }, element("span", { className: "muted" }, `${number(items.length)} of ${number(total)} groups are shown.`),
        element("button", { type: "button", onclick: () => load().catch(fail) }, "Load more groups"))
      : element("p", { className: "muted" }, `${counted(items.length, "group")}, ${counted(totalRows, "row")}. Click a name to filter by it.`);
    view.replaceChildren(chooser, element("div", { className: "scroll groups", tabIndex: 0, role: "region", "aria-label": "Groups" }, table), more);
  };
  await load();
}
