// A result as one file, fetched page by page.

import { byId, element, number } from "./dom.js";
import { call } from "./api.js";

const KINDS = { csv: "text/csv", ndjson: "application/x-ndjson" };

/** Fetches all rows and saves them. The header line of later CSV pages is cut off. */
export async function download(kind, query, fail) {
  const [panel, bar, text, stop] = ["download-progress", "download-bar", "download-text", "download-stop"].map(byId);
  const abort = new AbortController();
  stop.onclick = () => abort.abort();
  panel.hidden = false;
  bar.removeAttribute("value");
  text.textContent = "Starting …";
  const parts = [];
  let rows = 0;
  try {
    let reply = await call("api/v1/permission", { body: { query, limit: 10000 }, accept: KINDS[kind], signal: abort.signal });
    const total = Number(reply.headers.get("x-total-rows"));
    for (;;) {
      let page = await reply.text();
      const lines = page.split("\n").length - 1;
      if (kind === "csv" && parts.length) page = page.slice(page.indexOf("\n") + 1);
      rows += kind === "csv" ? lines - 1 : lines;
      // As a blob of its own, so that the browser can put it on disk: millions of rows do not fit into memory.
      parts.push(new Blob([page]));
      bar.max = Math.max(total, 1);
      bar.value = Math.min(rows, total);
      text.textContent = `${number(Math.min(rows, total))} of ${number(total)} rows`;
      const token = reply.headers.get("x-next-page-token");
      if (!token) break;
      reply = await call("api/v1/permission/page", { body: { pageToken: token }, accept: KINDS[kind], signal: abort.signal });
    }
    const url = URL.createObjectURL(new Blob(parts, { type: KINDS[kind] }));
    element("a", { href: url, download: `permissions.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    text.textContent = `${number(total)} rows were saved as permissions.${kind}.`;
  } catch (error) {
    if (error.name === "AbortError") text.textContent = "The download was stopped. Nothing was saved.";
    else {
      text.textContent = "The download failed. Nothing was saved.";
      fail(error);
    }
  }
}
