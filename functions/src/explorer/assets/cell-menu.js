// The menu at a value: keep only the rows with the value, or the rows without it.

import { conditionOf } from "./clauses.js";
import { element } from "./dom.js";

let close = () => {};

/** Opens the menu at the element that was clicked; `add` gets the clauses that the element stands for, and the operator. */
export function openCellMenu(event, clauses, add) {
  close();
  const opener = event.currentTarget;
  const item = (operator) => element("button", { type: "button", role: "menuitem", onclick: () => { close(); add(clauses, operator); } },
    operator === "=" ? "Only this: " : "All but this: ", element("code", {}, conditionOf(clauses, operator)));
  const menu = element("div", { className: "menu", role: "menu", "aria-label": `Filter by ${clauses[0][1]}`, onkeydown: (key) => {
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
