// The query box: completion, the mark under an error, and the notes below.

import { byId, element } from "./dom.js";
import { suggest } from "./api.js";

const box = byId("query");
const list = byId("completions");
const marks = byId("marks");
const notes = byId("notes");

/** Positions of the API count Unicode characters, strings of the browser count code units. */
const characters = (text) => Array.from(text);
const before = (text, count) => characters(text).slice(0, count).join("");
const isWordEnd = (text) => /[\p{L}\p{N}_.]$/u.test(text);
const isWordStart = (text) => /^[\p{L}\p{N}_.]/u.test(text);

let completions = { head: "", tail: "", items: [], selected: -1 };
let pending = null;

export const text = () => box.value;

export function setText(value) {
  box.value = value;
  mark([]);
  close();
  fit();
}

function fit() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

/** Underlines parts of the query; each has an offset and a length in characters. */
export function mark(positions) {
  const all = characters(box.value);
  const pieces = [];
  let at = 0;
  for (const { offset, length } of [...positions].sort((a, b) => a.offset - b.offset)) {
    if (offset < at) continue;
    pieces.push(all.slice(at, offset).join(""));
    const end = Math.max(offset + length, offset + 1);
    pieces.push(element("mark", { className: "fault" }, all.slice(offset, end).join("") || " "));
    at = end;
  }
  pieces.push(all.slice(at).join(""));
  marks.replaceChildren(...pieces);
}

function close() {
  list.hidden = true;
  completions.selected = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function render() {
  list.replaceChildren(
    ...completions.items.map((item, index) =>
      element("li", { id: `completion-${index}`, role: "option", "aria-selected": String(index === completions.selected),
        onmousedown: (event) => { event.preventDefault(); take(index); } }, item)),
  );
  list.hidden = completions.items.length === 0;
  box.setAttribute("aria-expanded", String(!list.hidden));
  if (completions.selected >= 0) {
    box.setAttribute("aria-activedescendant", `completion-${completions.selected}`);
    byId(`completion-${completions.selected}`)?.scrollIntoView({ block: "nearest" });
  } else {
    box.removeAttribute("aria-activedescendant");
  }
}

function take(index) {
  const item = completions.items[index];
  const blank = isWordEnd(completions.head) && isWordStart(item) ? " " : "";
  const head = completions.head + blank + item + (isWordEnd(item) || item.endsWith("'") ? " " : "");
  box.value = head + completions.tail.trimStart();
  box.setSelectionRange(head.length, head.length);
  box.dispatchEvent(new Event("input"));
}

export async function complete() {
  pending?.abort();
  pending = new AbortController();
  const cursor = box.selectionStart;
  const [upTo, after] = [box.value.slice(0, cursor), box.value.slice(cursor)];
  try {
    const reply = await suggest(upTo, pending.signal);
    completions = { head: before(upTo, reply.offset), tail: after, items: reply.suggestions.slice(0, 50), selected: -1 };
    if (document.activeElement === box) render();
  } catch (error) {
    // Completion is a help: without it, the query can be written all the same.
    if (error.name !== "AbortError") close();
  }
}

/** Shows an error of the API under the box, with the word that was probably meant as a button. */
export function showError(error, run) {
  const position = error.error?.position;
  mark(position ? [position] : []);
  const parts = [element("b", {}, "The query was not run."), document.createTextNode(`${error.message}.`.replace(/([.!?])\.$/, "$1"))];
  if (position) parts.push(element("p", { className: "muted" }, `Line ${position.line}, column ${position.column}.`));
  const expected = error.error?.expected;
  if (expected?.length) parts.push(element("p", { className: "muted" }, `Expected here: ${expected.slice(0, 12).join(", ")}${expected.length > 12 ? ", …" : ""}`));
  const meant = error.error?.suggestion;
  if (meant && position) {
    parts.push(element("button", { type: "button", onclick: () => {
      const all = characters(box.value);
      all.splice(position.offset, position.length, meant);
      setText(all.join(""));
      run();
    } }, `Use ${meant}`));
  }
  notes.replaceChildren(element("div", { className: "note bad", role: "alert" }, ...parts));
}

export function showWarnings(warnings) {
  mark(warnings.filter((warning) => warning.code !== "NOTHING_IMPORTED").map((warning) => warning.position));
  notes.replaceChildren(...warnings.map((warning) =>
    element("div", { className: "note" }, element("b", {}, warning.code.toLowerCase().replaceAll("_", " ")), warning.message)));
}

export function start(run) {
  let timer = null;
  box.addEventListener("input", () => {
    fit();
    mark([]);
    clearTimeout(timer);
    timer = setTimeout(complete, 120);
  });
  box.addEventListener("scroll", () => { marks.scrollTop = box.scrollTop; });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    const open = !list.hidden;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      complete();
    } else if (open && move) {
      event.preventDefault();
      const count = completions.items.length;
      completions.selected = (completions.selected + move + count) % count;
      render();
    } else if (open && (event.key === "Tab" || event.key === "Enter") && completions.selected >= 0) {
      event.preventDefault();
      take(completions.selected);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      close();
      run();
    }
  });
  addEventListener("resize", fit);
}
