// Building elements without markup text, so that no value of a reply can become markup.

/** Makes an element. Children are elements or texts; properties whose name has a dash, and `role`, become attributes. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role" || key === "for" || key === "colspan") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

export const number = (value) => value.toLocaleString("en-US");

/** A number with its noun: `1 row`, `2 rows`. */
export const counted = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/** A message of the API as a sentence: messages begin small, have no full stop, and quote in backticks. */
export function sentence(message) {
  const parts = message.split("`");
  if (parts[0]) parts[0] = parts[0][0].toUpperCase() + parts[0].slice(1);
  const end = /[.!?]$/.test(message) ? [] : ["."];
  return [...parts.map((part, index) => (index % 2 ? element("code", {}, part) : part)), ...end];
}

/** A time as the API has it, in the time zone of the reader. */
export function time(text) {
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? text : instant.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Shows a dialog with a button that closes it; a click beside the dialog closes it too. */
export function show(dialog, title, ...children) {
  const close = element("button", { type: "button", className: "close", onclick: () => dialog.close() }, "Close");
  dialog.replaceChildren(element("div", { className: "title" }, element("h2", {}, title), close), element("div", { className: "body" }, ...children));
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  if (!dialog.open) dialog.showModal();
}
