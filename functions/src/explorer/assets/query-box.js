// The query box: completion, the mark under an error, and the notes below.

import { byId, counted, element, sentence } from "./dom.js";
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
function mark(positions, className = "fault") {
  const all = characters(box.value);
  const pieces = [];
  let at = 0;
  for (const { offset, length } of [...positions].sort((a, b) => a.offset - b.offset)) {
    if (offset < at) continue;
    pieces.push(all.slice(at, offset).join(""));
    const end = Math.max(offset + length, offset + 1);
    pieces.push(element("mark", { className }, all.slice(offset, end).join("") || " "));
    at = end;
  }
  pieces.push(all.slice(at).join(""));
  marks.replaceChildren(...pieces);
}

function close() {
  list.hidden = true;
  completions.selected = -1;
  byId("completion-count").textContent = "";
  box.removeAttribute("aria-activedescendant");
}

function render() {
  list.replaceChildren(
    ...completions.items.map((item, index) =>
      element("li", { id: `completion-${index}`, role: "option", "aria-selected": String(index === completions.selected),
        onmousedown: (event) => { event.preventDefault(); take(index); } }, item)),
  );
  list.hidden = completions.items.length === 0;
  byId("completion-count").textContent = counted(completions.items.length, "completion");
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

/** Statuses after which the same query may succeed: no answer at all, too many requests, a failure of the server. */
const canRetry = (status) => status === 0 || status === 429 || status >= 500;

/** Shows an error of the API under the box, with the word that was probably meant as a button. */
export function showError(error, run) {
  const { position, expected = [], suggestion } = error.error ?? {};
  mark(position ? [position] : []);
  const title = position ? `Line ${position.line}, column ${position.column}` : "The query has no result";
  const parts = [element("p", {}, element("b", {}, `${title}. `), ...sentence(error.message))];
  if (suggestion && position) {
    parts.push(element("button", { type: "button", onclick: () => {
      const all = characters(box.value);
      all.splice(position.offset, position.length, suggestion);
      setText(all.join(""));
      box.focus();
      run();
    } }, "Use ", element("code", {}, suggestion)));
  } else if (expected?.length) {
    const words = expected.slice(0, 12).flatMap((word) => [" ", element("code", {}, word)]);
    parts.push(element("p", { className: "muted" }, "Expected here:", ...words, expected.length > 12 ? " …" : null));
  }
  if (canRetry(error.status)) parts.push(element("button", { type: "button", onclick: run }, "Try again"));
  notes.replaceChildren(element("div", { className: "note bad", role: "alert" }, ...parts));
}

export function showWarnings(warnings) {
  // The page has its own words for an account without data.
  const shown = warnings.filter((warning) => warning.code !== "NOTHING_IMPORTED");
  mark(shown.map((warning) => warning.position), "doubt");
  notes.replaceChildren(...shown.map((warning) => element("div", { className: "note" }, ...sentence(warning.message), " ", element("span", { className: "code" }, warning.code))));
}

export function clearNotes() {
  mark([]);
  notes.replaceChildren();
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
