// Why a row exists: the explanation of the API in sentences, and the policies with the statements marked.

import { byId, element, sentence, show } from "./dom.js";
import { searchPolicies } from "./api.js";
import { withClauses } from "./clauses.js";
import { EXCEPTIONS } from "./exceptions.js";

const drawer = byId("drawer");
/** Rows with the same source, action, destination and policy; more than one where it is held in several ways. */
const MOST_LIKE_IT = 100;

const RESULTS = {
  allowed: "The access is allowed, whatever the request is.",
  conditional: "The access is allowed only if the conditions below hold.",
};

const LAST_ACCESS = { NOT_AVAILABLE: "not tracked", NOT_ACCESSED_IN_TRACKING_PERIOD: "never in the tracked period" };

const LAYERS = {
  identity: "identity-based policy",
  resource: "resource-based policy",
  boundary: "permissions boundary",
  serviceControl: "service control policy",
  resourceControl: "resource control policy",
  trust: "trust policy",
};

/** A statement in a sentence, and the policy that it stands in. */
function statement(one) {
  const part = one.whole ? "" : " for a part of the resources";
  const condition = one.conditional ? ", under a condition" : "";
  const verb = one.effect === "Deny" ? "denies" : "allows";
  const told = `Statement ${named(one)} of the ${layerOf(one)} ${verb} it${part}${condition}.`;
  return element("p", { className: `statement ${kindOf(one)}` }, told, element("span", { className: "muted" }, one.policyId));
}

const named = (one) => (one.sid ? `“${one.sid}”` : `number ${one.statement + 1}`);
const layerOf = (one) => LAYERS[one.layer] ?? one.layer;
const kindOf = (one) => (one.effect === "Deny" ? "denying" : "granting");

/** A document as text, with the statements of the explanation marked. */
function markedText({ Statement: statements, ...others }, marked) {
  const text = (json) => JSON.stringify(json, null, 2).replaceAll("\n", "\n    ");
  const members = Object.entries(others).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  const list = statements.flatMap((json, place) => {
    const one = marked.find((other) => other.statement === place);
    return ["    ", one ? element("mark", { className: kindOf(one) }, text(json)) : text(json), place + 1 < statements.length ? ",\n" : "\n"];
  });
  return ["{\n", ...members, '  "Statement": [\n', ...list, "  ]\n}"];
}

/** The policies behind a row, each with its statements of the explanation; the whole texts follow when they are there. */
function policies(why) {
  const byPolicy = new Map();
  for (const one of [...why.granting, ...why.alsoAllowing, ...why.limiting]) {
    byPolicy.set(one.policyId, [...(byPolicy.get(one.policyId) ?? []), one]);
  }
  return [...byPolicy].map(([id, statements]) => {
    const alone = statements.map((one, index) => [index ? "\n" : "", element("mark", { className: kindOf(one) }, JSON.stringify(one.json, null, 2))]);
    const text = element("pre", { tabIndex: 0, role: "group", "aria-label": `Text of ${id}` }, ...alone.flat());
    const figure = element("figure", {}, element("figcaption", { className: "muted" }, `${layerOf(statements[0])} `, element("code", {}, id)), text);
    const complete = (json) => {
      text.replaceChildren(...markedText(json, statements));
      text.scrollTop = text.querySelector("mark").offsetTop - text.offsetTop - 24;
    };
    return { id, figure, complete };
  });
}

/** Selects the row and few others of its query. */
function clausesOf(row) {
  return [
    row.sourcePublic ? ["source.public", true] : ["source.cloud.resource.id", row.sourceResourceId],
    ["action.name", row.effectiveActionName],
    ["dest.cloud.resource.id", row.destResourceId],
    ["dest.cloud.resource.type", row.destResourceType],
    ["grantedby.cloud.policy.id", row.grantedByCloudPolicyId],
  ];
}

/** Asks for the whole policies when a reader looks at a row: those of a whole page would be large. */
async function completeTexts(row, query, shown, note) {
  try {
    const rows = await searchPolicies(withClauses(query, clausesOf(row), "="), MOST_LIKE_IT);
    const found = rows.find((one) => one.id === row.id)?.explanation.policies ?? [];
    for (const { policyId, json } of found) shown.find((one) => one.id === policyId)?.complete(json);
    note.textContent = found.length ? "" : "The policies have changed since this row was read. Only the statements are shown.";
  } catch (error) {
    note.replaceChildren("Only the statements are shown. ", ...sentence(error.message));
  }
}

function residual(condition) {
  const join = (parts, word) => parts.map((part) => `(${residual(part)})`).join(` ${word} `);
  if (condition.all) return join(condition.all, "and");
  if (condition.any) return join(condition.any, "or");
  if (condition.not) return `not (${residual(condition.not)})`;
  if (condition.key) return `the condition key ${condition.key} satisfies ${condition.operator} ${condition.values.map((value) => `“${value}”`).join(" or ")}`;
  return JSON.stringify(condition);
}

function wayToAdministrator(path) {
  if (!path.steps.length) return [element("p", {}, "The source is an administrator already.")];
  const sure = path.result === "allowed" ? "Every step is certain." : "At least one step holds only under a condition, or hangs on something that is not known.";
  const needs = (row) => element("li", {}, `${row.source} can do ${row.action} on ${row.destination}, because of ${row.policy}.`);
  const step = (one) => element("li", {}, `${one.source} gains ${one.gains ?? "everything"} by “${one.method}”${one.result === "allowed" ? "" : ", under a condition"}.`,
    element("ul", {}, ...one.rows.map(needs)));
  return [element("p", {}, sure), element("ol", {}, ...path.steps.map(step))];
}

/** Opens the drawer for a row of a query. */
export function explain(row, query) {
  const why = row.explanation;
  const shown = why ? policies(why) : [];
  const note = element("p", { className: "muted", role: "status" }, shown.length ? "The whole policies are being read …" : "");
  const facts = [
    ["Source", row.sourceResourceId], ["Source account", row.sourceCloudAccount ?? "public"], ["Action", row.effectiveActionName],
    ["Destination", row.destResourceId], ["Destination account", row.destCloudAccount], ["Policy", `${row.grantedByCloudPolicyName} (${row.grantedByCloudPolicyType})`],
    ["Granting entity", row.grantedByCloudEntityName ? `${row.grantedByCloudEntityName} (${row.grantedByCloudEntityType})` : "the resource itself"],
    ["Last access", row.lastAccessDate ?? LAST_ACCESS[row.lastAccessStatus] ?? row.lastAccessStatus],
  ];
  const parts = [element("p", { className: "lead" }, `${row.sourcePublic ? "Everybody" : row.sourceResourceName} can do ${row.effectiveActionName} on ${row.destResourceId}.`)];
  if (why) {
    parts.push(element("p", {}, RESULTS[why.result] ?? why.result));
    if (why.residual) parts.push(element("h3", {}, "Conditions that a request must satisfy"), element("p", {}, why.residual.condition ? `${residual(why.residual.condition)}.` : why.residual.text));
    parts.push(element("h3", {}, "What grants it"), ...why.granting.map(statement));
    if (why.alsoAllowing.length) parts.push(element("h3", {}, "What must allow it too"), ...why.alsoAllowing.map(statement));
    if (why.limiting.length) parts.push(element("h3", {}, "What limits it"), ...why.limiting.map(statement));
    if (why.administratorPath) parts.push(element("h3", {}, "Way to administrator"), ...wayToAdministrator(why.administratorPath));
    if (why.ownerAssumed) parts.push(element("p", { className: "muted" }, "No imported document tells who owns the destination: it is taken to be in the account of the source."));
    if (shown.length) parts.push(element("h3", {}, "The policies"), note, ...shown.map((one) => one.figure));
    if (why.notEvaluated.length) parts.push(element("h3", {}, "Not evaluated"), element("p", {}, ...sentence(why.notEvaluated.join(", "))));
  } else {
    parts.push(element("p", { className: "muted" }, "The API has no explanation for rows of this stack's own grants: the policy named below grants the access."));
  }
  if (row.exceptions.length) {
    parts.push(element("h3", {}, "Exceptions"), ...row.exceptions.map(({ messageCode }) => element("p", {}, element("span", { className: "code" }, messageCode), EXCEPTIONS[messageCode] ?? "")));
  }
  parts.push(element("h3", {}, "The row"), element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value ?? "not known")])));
  show(drawer, "Why this row exists", ...parts);
  if (shown.length) completeTexts(row, query, shown, note);
}
