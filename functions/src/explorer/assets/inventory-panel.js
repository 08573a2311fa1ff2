// What is imported, when, what was refused, and how to import.

import { byId, counted, element, number, sentence, show, time } from "./dom.js";
import { inventory, needsKey } from "./api.js";

const EXPORT = "aws iam get-account-authorization-details > details.json";
const MOST_SHOWN = 20;
const COUNTS = {
  accounts: "accounts", users: "users", groups: "groups", roles: "roles", policies: "managed policies",
  resourcePolicies: "policies of resources", incompletePrincipals: "incomplete principals",
};

/** The ways to import: those of a deployed stack where visitors sign in, else those of the local stack. */
export function howToImport(title = "Nothing is imported yet") {
  const local = [
    ["Try it with the sample account, in a second terminal:", "make sample"],
    ["Or import an account of yours. First let IAM describe it, then import the description:", `${EXPORT}\nmake import FILE=details.json AS=authorization-details`],
  ];
  const deployed = [
    ["Let IAM describe an account, then put the description into the inventory bucket of the stack:",
      `${EXPORT}\naws s3 cp details.json s3://<inventory bucket>/<account of the stack>/authorization-details.json`],
    ["Or let the stack collect by itself: give the parameter CollectInventoryRoleArns when you deploy it.", null],
  ];
  const step = ([text, command]) => element("li", {}, text, command ? element("pre", { tabIndex: 0, role: "group", "aria-label": "Command" }, command) : null);
  return element("div", { className: "empty" }, element("h3", {}, title),
    element("p", {}, "The page shows who can do what in AWS accounts that were imported."), element("ol", {}, ...(needsKey ? deployed : local).map(step)));
}

function more(total) {
  return total > MOST_SHOWN ? [element("li", {}, `and ${number(total - MOST_SHOWN)} more`)] : [];
}

function documentPart({ name, accepted, refused }) {
  const parts = [element("h3", {}, name)];
  if (accepted) {
    parts.push(element("p", { className: "muted" }, `In force since ${time(accepted.acceptedAt)}, ${counted(accepted.size, "byte")}.`));
    if (accepted.findingsTotal) {
      parts.push(element("p", {}, `${counted(accepted.findingsTotal, "finding")}: parts that take no part in decisions.`),
        element("ul", {}, ...accepted.findings.slice(0, MOST_SHOWN).map(({ place, message }) => element("li", {}, element("code", {}, place), ": ", ...sentence(message))), ...more(accepted.findingsTotal)));
    }
  }
  if (refused) parts.push(element("p", { className: "error" }, `A newer version was refused on ${time(refused.refusedAt)}. `, ...sentence(refused.message)));
  return parts;
}

function missingPart({ missing, missingTotal }) {
  if (!missingTotal) return [];
  const one = ({ kind, name, principalsTotal }) => element("li", {}, `${kind} `, element("code", {}, name), `, which ${counted(principalsTotal, "principal needs", "principals need")}`);
  return [element("h3", {}, "What no document holds"), element("ul", {}, ...missing.slice(0, MOST_SHOWN).map(one), ...more(missingTotal))];
}

export async function openInventory() {
  const dialog = byId("inventory");
  show(dialog, "Inventory", element("p", { className: "muted" }, "Loading …"));
  try {
    const all = await inventory();
    const snapshot = all.snapshot
      ? `The snapshot in force was made on ${time(all.snapshot.createdAt)}.${all.isCompiling ? " A newer one is being made." : ""}`
      : all.isCompiling ? "The first snapshot is being made." : "";
    const counts = Object.entries(all.counts).flatMap(([name, count]) => [element("dt", {}, COUNTS[name] ?? name), element("dd", {}, number(count))]);
    const ignored = all.ignoredDocuments ? [element("p", {}, `${counted(all.ignoredDocuments, "file")} in the bucket ${all.ignoredDocuments === 1 ? "is no document" : "are no documents"}.`)] : [];
    const isEmpty = !all.documents.length;
    show(dialog, "Inventory", element("p", {}, snapshot), isEmpty ? null : element("dl", {}, ...counts), ...ignored,
      ...all.documents.flatMap(documentPart), ...missingPart(all.completeness), howToImport(isEmpty ? undefined : "Import more"));
  } catch (error) {
    show(dialog, "Inventory", element("p", { className: "error", role: "alert" }, ...sentence(error.message)));
  }
}
