// The menu at a value: keep only the rows with the value, or the rows without it.

import { element } from "./dom.js";

let close = () => {};

/** A value as the query language writes it. */
const literal = (value) => (typeof value === "boolean" ? String(value) : `'${String(value).replaceAll("'", "''")}'`);

/** Opens the menu at the element that was clicked; `add` gets the attribute, the operator and the value. */
export function openCellMenu(event, attribute, value, add) {
  close();
  const opener = event.currentTarget;
  const item = (operator) => element("button", { type: "button", role: "menuitem", onclick: () => { close(); add(attribute, operator, value); } },
    operator === "=" ? "Only this: " : "All but this: ", element("code", {}, `${attribute} ${operator} ${literal(value)}`));
  const menu = element("div", { className: "menu", role: "menu", "aria-label": `Filter by ${value}`, onkeydown: (key) => {
    if (key.key === "Escape" || key.key === "Tab") {
      key.preventDefault();
      close();
      opener.focus();
    }
    const items = [...menu.children];
    const move = { ArrowDown: 1, ArrowUp: -1 }[key.key];
    if (move) {
      key.preventDefault();
      items[(items.indexOf(document.activeElement) + move + items.length) % items.length].focus();
    }
  } }, item("="), item("!="));
  const outside = (click) => { if (!menu.contains(click.target)) close(); };
  close = () => {
    menu.remove();
    removeEventListener("pointerdown", outside);
    opener.setAttribute("aria-expanded", "false");
    close = () => {};
  };
  const at = opener.getBoundingClientRect();
  document.querySelector("main").append(menu);
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "true");
  addEventListener("pointerdown", outside);
  menu.firstChild.focus();
}

/** Whether an OR stands outside of all strings and parentheses, so that an AND behind it would bind to its last operand only. */
function hasOpenOr(condition) {
  let depth = 0;
  for (const [token] of condition.matchAll(/'(?:[^']|'')*'|[()]|[\w.]+/g)) {
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else if (depth === 0 && /^or$/i.test(token)) return true;
  }
  return false;
}

/** The query with one more clause; the query stays the only truth. */
export function withClause(query, prefix, attribute, operator, value) {
  const text = query.trimEnd();
  const body = text.toLowerCase().startsWith(prefix.trim()) ? text.slice(prefix.length - 1).trim() : text;
  const grouped = hasOpenOr(body) ? `(${body})` : body;
  return `${prefix}${grouped ? `${grouped} AND ` : ""}${attribute} ${operator} ${literal(value)}`;
}
