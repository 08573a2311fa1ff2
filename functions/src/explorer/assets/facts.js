// The facts about a result: how many rows, of which snapshot, and what could make the result less than the truth.

import { byId, counted, element, number, time } from "./dom.js";
import { inventory } from "./api.js";

/** Kinds of documents that a result gets poorer without, and what the reader calls them. */
const KINDS = [
  ["last-accessed", "last accessed reports"],
  ["credential-report", "credential reports"],
  ["organization", "policies of the organization"],
  ["resource-policies", "policies of resources"],
  ["compute", "running resources"],
];
const FORMER_NAMES = { "service-control-policies": "organization" };

/** What is imported, by the snapshot for which it was asked. */
let imported = { snapshot: null, reply: null };

async function missingKinds(snapshot, signal) {
  if (imported.snapshot !== snapshot) imported = { snapshot, reply: await inventory(signal) };
  const names = imported.reply.documents.filter((one) => one.accepted).map((one) => one.name.split("/").at(-1).split(".")[0]);
  const known = new Set(names.map((name) => FORMER_NAMES[name] ?? name));
  return KINDS.filter(([kind]) => !known.has(kind)).map(([, title]) => title);
}

/** Shows the total at once, and what is not imported as soon as that is known. */
export async function showFacts(reply, milliseconds, signal) {
  const { data: { totalRows }, snapshot, notEvaluated = [], warnings = [] } = reply;
  const seconds = (milliseconds / 1000).toFixed(milliseconds < 950 ? 2 : 1);
  const outdated = snapshot?.isOutdated ? ", a former one: the newest is being made" : "";
  const of = snapshot ? `snapshot of ${time(snapshot.createdAt)}${outdated}` : "nothing is imported";
  byId("facts").replaceChildren(element("strong", {}, number(totalRows)), totalRows === 1 ? " row" : " rows",
    element("span", { className: "muted" }, ` · ${seconds} s · ${of}`));
  const gaps = byId("gaps");
  const missing = element("p", { className: "gap" });
  const lines = [missing];
  const lacking = warnings.some((warning) => warning.code === "NO_DATA");
  if (totalRows === 0 && (lacking || notEvaluated.length || !reply.complete)) {
    lines.push(element("p", { className: "gap" }, "No row is not a proof that nobody has access."));
  }
  if (notEvaluated.length) {
    lines.push(element("details", {}, element("summary", {}, `${counted(notEvaluated.length, "kind")} of policies and grants ${notEvaluated.length === 1 ? "is" : "are"} not evaluated`),
      element("ul", {}, ...notEvaluated.map((one) => element("li", {}, one)))));
  } else if (reply.complete && !lacking) {
    lines.push(element("p", { className: "sure" }, "Nothing that is not evaluated can change this result."));
  }
  gaps.replaceChildren(...lines);
  if (!snapshot) return;
  try {
    const titles = await missingKinds(snapshot.id, signal);
    missing.textContent = titles.length ? `Not imported: ${titles.join(", ")}.` : "";
  } catch (error) {
    if (error.name !== "AbortError") missing.textContent = "What is not imported could not be read.";
  }
}

export function clearFacts(text = "") {
  byId("facts").textContent = text;
  byId("gaps").replaceChildren();
}
