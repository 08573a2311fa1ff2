// Calls of the API. Every refusal becomes an `ApiError` whose message a person can act on.

const KEY_DOOR = "api.prismacloud.io/";
/** Login tokens live for ten minutes; a new one is fetched well before. */
const TOKEN_LIFE_MS = 8 * 60 * 1000;

export const needsKey = document.querySelector('meta[name="sign-in"]').content === "key";
const session = { id: null, secret: null, token: null, since: 0 };

export class ApiError extends Error {
  constructor(message, { status = 0, error = null } = {}) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

export const isSignedIn = () => !needsKey || session.token !== null;
export const canSignOut = () => needsKey && session.token !== null;

export function signOut() {
  Object.assign(session, { id: null, secret: null, token: null });
}

export async function signIn(id, secret) {
  const reply = await request(`${KEY_DOOR}login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: id, password: secret }),
  });
  if (!reply.ok) {
    const message = reply.status === 401 ? "The access key id or the secret key is wrong, or the key is disabled or expired." : await reason(reply);
    throw new ApiError(message, { status: reply.status });
  }
  Object.assign(session, { id, secret, token: (await reply.json()).token, since: Date.now() });
}

async function request(path, options) {
  try {
    return await fetch(new URL(path, document.baseURI), { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The API cannot be reached. Check the connection, then run the query again.");
  }
}

async function reason(reply) {
  if (reply.status === 429) return "There were too many requests. Wait some seconds, then try again.";
  if (reply.status === 504 || reply.status === 502) return "The API did not answer in time. Make the query narrower, or try again.";
  const body = await reply.clone().json().catch(() => null);
  return body?.error?.message ?? body?.message ?? `The API answered with the status ${reply.status}.`;
}

/** Calls an operation; a token that is over is renewed once. */
export async function call(path, { body, accept = "application/json", signal } = {}) {
  if (needsKey && session.token && Date.now() - session.since > TOKEN_LIFE_MS) await signIn(session.id, session.secret);
  const headers = { Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (needsKey) headers["x-redlock-auth"] = session.token ?? "";
  const reply = await request((needsKey ? KEY_DOOR : "") + path, {
    method: body === undefined ? "GET" : "POST",
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  if (reply.ok) return reply;
  const parsed = await reply.clone().json().catch(() => null);
  throw new ApiError(await reason(reply), { status: reply.status, error: parsed?.error ?? null });
}

const json = async (...parameters) => (await call(...parameters)).json();

export const search = (query, limit, signal) => json("api/v1/permission", { body: { query, limit, explain: true }, signal });
/** The rows of a query, each with the whole policies behind it. */
export const searchPolicies = async (query, limit) => (await json("api/v1/permission", { body: { query, limit, explain: "policies" } })).data.items;
export const nextPage = (pageToken, signal) => json("api/v1/permission/page", { body: { pageToken, explain: true }, signal });
export const suggest = (query, signal) => json("api/v1/suggest", { body: { query }, signal });
export const inventory = (signal) => json("api/v1/inventory", { signal });
export const groups = (query, groupByFields, limit, nextPageToken, signal) =>
  json(`iam/api/v4/search/permission?limit=${limit}`, { body: { query, groupByFields, nextPageToken }, signal });
