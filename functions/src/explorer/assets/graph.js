// Sources, granting entities, policies and destinations of a query. Lines join neighbours that share rows.
// The API is asked for each pair of neighbours: all four together can have more groups than it counts.

import { counted, element, number, sentence } from "./dom.js";
import { groups } from "./api.js";

const COLUMNS = [
  { field: "source", title: "Source", id: "sourceResourceId", name: "sourceResourceName", attribute: "source.cloud.resource.id" },
  { field: "grantedByEntity", title: "Granting entity", id: "grantedByCloudEntityId", name: "grantedByCloudEntityName", attribute: "grantedby.cloud.entity.id" },
  { field: "grantedByPolicy", title: "Policy", id: "grantedByCloudPolicyId", name: "grantedByCloudPolicyName", attribute: "grantedby.cloud.policy.id" },
  { field: "destination", title: "Destination", id: "destResourceId", name: "destResourceId", attribute: "dest.cloud.resource.id" },
];
/** Nodes in all; more are summed up. */
const MOST_NODES = 200;
/** Groups of each pair of neighbouring columns. */
const MOST_GROUPS = 1000;

/** The groups of the column at `left` with the column right of it. A refusal is part of the pair: the other pairs can still be drawn. */
async function readPair(query, left, signal) {
  const [from, to] = [COLUMNS[left], COLUMNS[left + 1]];
  const title = `${from.title} to ${to.title.toLowerCase()}`;
  try {
    const { data } = await groups(query, [from.field, to.field], MOST_GROUPS, null, signal);
    return { left, title, groups: data.items, total: data.totalRows, cut: Boolean(data.nextPageToken), error: null };
  } catch (error) {
    // Without the operation, or without a valid login, no pair can be read.
    if (error.name === "AbortError" || [401, 404].includes(error.status)) throw error;
    return { left, title, groups: [], total: 0, cut: false, error };
  }
}

/** The nodes of a column. Two pairs count the rows of an inner column; the larger count is the one that is cut less. */
function nodesOf(column, pairs) {
  const nodes = new Map();
  for (const pair of pairs) {
    const rows = new Map();
    for (const group of pair.groups) {
      const id = group[column.id] ?? "";
      rows.set(id, (rows.get(id) ?? 0) + group.rowCount);
      if (!nodes.has(id)) nodes.set(id, { id, name: group[column.name] ?? "(the resource itself)", rows: 0 });
    }
    for (const [id, count] of rows) nodes.get(id).rows = Math.max(nodes.get(id).rows, count);
  }
  return [...nodes.values()].sort((a, b) => b.rows - a.rows);
}

function noteOf(pair) {
  if (pair.error) return element("p", { className: "error" }, `${pair.title} is not drawn. `, ...sentence(pair.error.message));
  if (!pair.cut) return null;
  return element("p", { className: "muted" },
    `${pair.title}: the graph shows the first ${number(pair.groups.length)} of ${number(pair.total)} groups. Filter to see the rest.`);
}

/** Reads the pairs at once and draws each as soon as it is there: of millions of rows, one may take far longer than another. */
export async function showGraph(view, { query, filter, signal }) {
  view.replaceChildren(element("p", { className: "muted" }, "Drawing …"));
  const pairs = [];
  const observer = new ResizeObserver(() => redraw());
  signal.addEventListener("abort", () => observer.disconnect());
  let redraw = () => {};
  const read = async (left) => {
    const pair = await readPair(query, left, signal);
    if (signal.aborted) return;
    pairs.push(pair);
    pairs.sort((a, b) => a.left - b.left);
    const { graph, draw } = drawn(pairs, filter);
    const open = COLUMNS.length - 1 - pairs.length;
    view.replaceChildren(element("p", { className: "muted" }, open
      ? "Some lines are still being counted …"
      : "A line joins two neighbours that share rows. Each node filters the query. The groups and the rows hold the same as a table."),
    ...pairs.map(noteOf).filter(Boolean), element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Graph" }, graph));
    redraw = draw;
    draw();
    observer.disconnect();
    observer.observe(graph);
  };
  await Promise.all(COLUMNS.slice(1).map((_, left) => read(left)));
}

/** The nodes and lines of the pairs that are there, and what draws the lines once the nodes have their places. */
function drawn(pairs, filter) {
  const perColumn = MOST_NODES / COLUMNS.length;
  const columns = COLUMNS.map((column, index) => {
    const all = nodesOf(column, pairs.filter((pair) => pair.left === index || pair.left + 1 === index));
    return { ...column, nodes: all.slice(0, perColumn), rest: Math.max(0, all.length - perColumn) };
  });
  const buttons = columns.map(() => new Map());
  const sections = columns.map((column, index) => element("section", {}, element("h3", {}, column.title),
    ...column.nodes.map((node) => {
      const button = element("button", { type: "button", title: `${node.id || node.name}: ${counted(node.rows, "row")}`, disabled: node.id === "",
        onclick: (event) => filter(event, [[column.attribute, node.id]]) }, node.id === "*" && index === 0 ? "everybody" : node.name);
      buttons[index].set(node.id, button);
      return button;
    }),
    column.rest ? element("p", {}, `and ${number(column.rest)} more`) : null));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const graph = element("div", { className: "graph" }, svg, ...sections);
  const draw = () => {
    const origin = graph.getBoundingClientRect();
    const paths = [];
    for (const pair of pairs) {
      // Groups with the same two ids differ in their types; one line is enough.
      const joined = new Set();
      for (const group of pair.groups) {
        const [from, to] = [group[COLUMNS[pair.left].id] ?? "", group[COLUMNS[pair.left + 1].id] ?? ""];
        const [left, right] = [buttons[pair.left].get(from), buttons[pair.left + 1].get(to)];
        const key = JSON.stringify([from, to]);
        if (!left || !right || joined.has(key)) continue;
        joined.add(key);
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
  return { graph, draw };
}
