import createClient, { type Middleware } from "openapi-fetch";
import { currentLang } from "../lang";
import { heard } from "./connection";
import { Problem } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** A name for a request, so that one that is sent twice is carried out once. */
function token(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

const manners: Middleware = {
  async onRequest({ request }) {
    const { method, signal } = request;
    const url = new URL(request.url);
    url.searchParams.set("lang", currentLang());
    const headers = new Headers(request.headers);
    if (method === "POST") headers.set("Idempotency-Key", token());
    // As text: browsers send the stream of another request over HTTP/2 only.
    const text = method === "GET" ? "" : await request.text();
    return new Request(url, { method, headers, signal, ...(text ? { body: text } : {}) });
  },
  async onResponse({ response }) {
    heard(response.status !== 502 && response.status !== 504);
    if (!response.ok) throw await Problem.from(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    heard(false);
    return new Problem({ status: 0 });
  },
};

/** Lists stand in one parameter with commas; conditions, which hold commas, in one each. */
function address(query: Record<string, unknown>): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value == null) continue;
    if (!Array.isArray(value)) q.set(name, String(value));
    else if (name === "where") for (const v of value) q.append(name, String(v));
    else if (value.length > 0) q.set(name, value.join(","));
  }
  return q.toString();
}

/** The server's interface, as its own document describes it. Problems are thrown. */
export const api = createClient<paths>({ baseUrl: window.location.origin, querySerializer: address });
api.use(manners);

/** The body of an answer, which a request without a problem always has. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new Problem({ status: -1, code: "page" });
  return data;
}
