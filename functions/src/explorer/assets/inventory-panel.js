// What is imported, when, and how to import.

import { byId, element, number, show, time } from "./dom.js";
import { inventory } from "./api.js";

const HOW = "aws iam get-account-authorization-details > details.json\nmake import FILE=details.json AS=authorization-details";

export function howToImport() {
  return element("div", { className: "empty" },
    element("h3", {}, "How to import"),
    element("ol", {},
      element("li", {}, "On the local stack, make sample loads sample data into the running stack."),
      element("li", {}, "An account of your own, on the local stack:", element("pre", {}, HOW)),
      element("li", {}, "On a deployed stack, put the same file into the inventory bucket, or switch the scheduled collection on.")));
}

function documentPart(one) {
  const parts = [element("h3", {}, one.name)];
  const { accepted, refused } = one;
  if (accepted) {
    parts.push(element("p", {}, `In force since ${time(accepted.acceptedAt)}, ${number(accepted.size)} bytes.`));
    if (accepted.findingsTotal) {
      parts.push(element("p", {}, `${number(accepted.findingsTotal)} ${accepted.findingsTotal === 1 ? "finding" : "findings"}: parts that take no part in decisions.`),
        element("ul", {}, ...accepted.findings.slice(0, 20).map((finding) => element("li", {}, `${finding.location ?? finding.place}: ${finding.message}`))));
    }
  }
  if (refused) parts.push(element("p", { className: "error" }, `A newer version was refused at ${time(refused.refusedAt)}: ${refused.message}`));
  return parts;
}

export async function openInventory() {
  const dialog = byId("inventory");
  show(dialog, "Inventory", element("p", { className: "muted" }, "Loading …"));
  try {
    const all = await inventory();
    const snapshot = all.snapshot
      ? element("p", {}, `The snapshot in force was made on ${time(all.snapshot.createdAt)}.${all.isCompiling ? " A newer one is being made." : ""}`)
      : element("p", {}, all.isCompiling ? "The first snapshot is being made." : "Nothing is imported yet.");
    const counts = Object.entries(all.counts ?? {}).flatMap(([name, count]) => [element("dt", {}, name), element("dd", {}, number(count))]);
    show(dialog, "Inventory", snapshot, element("dl", {}, ...counts), ...all.documents.flatMap(documentPart), howToImport());
  } catch (error) {
    show(dialog, "Inventory", element("p", { className: "error", role: "alert" }, error.message));
  }
}
