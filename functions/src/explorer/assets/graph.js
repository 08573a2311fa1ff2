// Sources, granting entities, policies and destinations of a query, with the ways between them.

import { element, number } from "./dom.js";
import { groups } from "./api.js";

const COLUMNS = [
  { title: "Source", id: "sourceResourceId", name: "sourceResourceName", attribute: "source.cloud.resource.id" },
  { title: "Granting entity", id: "grantedByCloudEntityId", name: "grantedByCloudEntityName", attribute: "grantedby.cloud.entity.id" },
  { title: "Policy", id: "grantedByCloudPolicyId", name: "grantedByCloudPolicyName", attribute: "grantedby.cloud.policy.id" },
  { title: "Destination", id: "destResourceId", name: "destResourceId", attribute: "dest.cloud.resource.id" },
];
const FIELDS = ["source", "grantedByEntity", "grantedByPolicy", "destination"];
/** Nodes in all; more are summed up. */
const MOST_NODES = 200;
const MOST_PATHS = 1000;

export async function showGraph(view, { query, filter, signal }) {
  view.replaceChildren(element("p", { className: "muted" }, "Drawing …"));
  const page = await groups(query, FIELDS, MOST_PATHS, null, signal);
  const ways = page.data.items;
  const perColumn = MOST_NODES / COLUMNS.length;
  const columns = COLUMNS.map((column) => {
    const counts = new Map();
    for (const way of ways) {
      const id = way[column.id] ?? "";
      const node = counts.get(id) ?? { id, name: way[column.name] ?? "(the resource itself)", rows: 0 };
      node.rows += way.rowCount;
      counts.set(id, node);
    }
    const all = [...counts.values()].sort((a, b) => b.rows - a.rows);
    return { ...column, nodes: all.slice(0, perColumn), rest: all.length - Math.min(all.length, perColumn) };
  });
  const buttons = columns.map(() => new Map());
  const sections = columns.map((column, index) => element("section", {}, element("h3", {}, column.title),
    ...column.nodes.map((node) => {
      const button = element("button", { type: "button", title: `${node.id || node.name}: ${number(node.rows)} rows`, disabled: node.id === "",
        onclick: (event) => filter(event, column.attribute, node.id) }, node.name);
      buttons[index].set(node.id, button);
      return button;
    }),
    column.rest ? element("p", {}, `and ${number(column.rest)} more`) : null));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const graph = element("div", { className: "graph" }, svg, ...sections);
  const note = page.data.nextPageToken
    ? element("p", { className: "muted" }, `The graph shows the first ${number(ways.length)} of ${number(page.data.totalRows)} ways. Filter to see the rest.`)
    : element("p", { className: "muted" }, "Each node filters the query. The groups and the rows hold the same as a table.");
  view.replaceChildren(note, element("div", { className: "scroll", tabIndex: 0 }, graph));

  const draw = () => {
    const origin = graph.getBoundingClientRect();
    const drawn = new Set();
    const paths = [];
    for (const way of ways) {
      for (let index = 0; index + 1 < COLUMNS.length; index += 1) {
        const [from, to] = [way[COLUMNS[index].id] ?? "", way[COLUMNS[index + 1].id] ?? ""];
        const [left, right] = [buttons[index].get(from), buttons[index + 1].get(to)];
        const key = JSON.stringify([index, from, to]);
        if (!left || !right || drawn.has(key)) continue;
        drawn.add(key);
        const [a, b] = [left.getBoundingClientRect(), right.getBoundingClientRect()];
        const [x1, y1] = [a.right - origin.left, a.top + a.height / 2 - origin.top];
        const [x2, y2] = [b.left - origin.left, b.top + b.height / 2 - origin.top];
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("d", `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`);
        paths.push(path);
      }
    }
    svg.replaceChildren(...paths);
  };
  draw();
  const observer = new ResizeObserver(draw);
  observer.observe(graph);
  signal.addEventListener("abort", () => observer.disconnect());
}
