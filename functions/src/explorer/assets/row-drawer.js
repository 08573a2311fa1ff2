// Why a row exists: the explanation of the API in sentences, with the statements of the policies.

import { byId, element, sentence, show } from "./dom.js";
import { EXCEPTIONS } from "./exceptions.js";

const drawer = byId("drawer");

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

/** A statement in a sentence, and below it the statement as its policy has it. */
function statement(one) {
  const named = one.sid ? `“${one.sid}”` : `number ${one.statement + 1}`;
  const part = one.whole ? "" : " for a part of the resources";
  const condition = one.conditional ? ", under a condition" : "";
  const verb = one.effect === "Deny" ? "denies" : "allows";
  const told = `Statement ${named} of the ${LAYERS[one.layer] ?? one.layer} ${verb} it${part}${condition}.`;
  const kind = one.effect === "Deny" ? "denying" : "granting";
  return element("figure", { className: kind }, element("p", {}, told), element("figcaption", { className: "muted" }, one.policyId),
    element("pre", { tabIndex: 0, role: "group", "aria-label": `Text of statement ${named}` }, JSON.stringify(one.json, null, 2)));
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

export function explain(row) {
  const why = row.explanation;
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
    if (why.notEvaluated.length) parts.push(element("h3", {}, "Not evaluated"), element("p", {}, ...sentence(why.notEvaluated.join(", "))));
  } else {
    parts.push(element("p", { className: "muted" }, "The API has no explanation for rows of this stack's own grants: the policy named below grants the access."));
  }
  if (row.exceptions.length) {
    parts.push(element("h3", {}, "Exceptions"), ...row.exceptions.map(({ messageCode }) => element("p", {}, element("span", { className: "code" }, messageCode), EXCEPTIONS[messageCode] ?? "")));
  }
  parts.push(element("h3", {}, "The row"), element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value ?? "not known")])));
  show(drawer, "Why this row exists", ...parts);
}
