// The one way to the server: JSON requests, binary columns, and errors as the API words them.
import { decodeColumns, type Columns } from "./columns";
import { parseJson } from "./json";

export const kApi = "/api/v1";

/** What the server refused, or "unreachable" (status 0) when nobody answered. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly body: unknown = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export type Params = Record<string, string | number | boolean | string[] | null | undefined>;

export interface Options {
  signal?: AbortSignal;
}

let x_csrf = "";
let x_on_signed_out: () => void = () => {};

/** Requests that change something carry this, once GET /me has told it. */
export function setCsrf(token: string): void {
  x_csrf = token;
}

/** Called whenever the server asks for a user. */
export function onSignedOut(handler: () => void): void {
  x_on_signed_out = handler;
}

/** `/projects/${name}` with every value percent-encoded: path`/projects/${p}/runs/${r}`. */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce(
    (text, part, i) => text + (i > 0 ? encodeURIComponent(values[i - 1] ?? "") : "") + part,
    "",
  );
}

/** The URL of a GET, for links and downloads. Empty, null and undefined parameters are left out. */
export function urlOf(to: string, params: Params = {}): string {
  const query = Object.entries(params)
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : value] as const)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join("&");
  return kApi + to + (query ? "?" + query : "");
}

export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** A sentence for the person who looks at the page. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The response of any request, or a thrown ApiError. */
export async function request(
  method: string,
  url: string,
  body?: unknown,
  { signal }: Options = {},
): Promise<Response> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && x_csrf) headers["x-cairn-csrf"] = x_csrf;
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      // What was asked for as the page is left (a deletion whose undo has passed) still goes out.
      keepalive: method === "DELETE",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (isAborted(error)) throw error;
    throw new ApiError(0, "unreachable", "the Cairn server does not answer; is it running?");
  }
  if (response.ok) return response;
  if (response.status === 401) x_on_signed_out();
  throw await readError(response);
}

async function readError(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const body = parseJson(text) as { error?: { code?: string; message?: string } };
    const { code = "unknown", message = text } = body.error ?? {};
    return new ApiError(response.status, code, message, body);
  } catch {
    const sentence = `the server answered ${response.status} ${response.statusText}`.trim();
    return new ApiError(response.status, "unknown", sentence);
  }
}

async function json<T>(method: string, url: string, body?: unknown, options?: Options): Promise<T> {
  const response = await request(method, url, body, options);
  const text = await response.text();
  return (text ? parseJson(text) : null) as T;
}

export const api = {
  get: <T>(to: string, params?: Params, options?: Options): Promise<T> =>
    json<T>("GET", urlOf(to, params), undefined, options),
  post: <T>(to: string, body: unknown, options?: Options): Promise<T> =>
    json<T>("POST", urlOf(to), body, options),
  put: <T>(to: string, body: unknown, options?: Options): Promise<T> =>
    json<T>("PUT", urlOf(to), body, options),
  patch: <T>(to: string, body: unknown, options?: Options): Promise<T> =>
    json<T>("PATCH", urlOf(to), body, options),
  remove: <T>(to: string, params?: Params, options?: Options): Promise<T> =>
    json<T>("DELETE", urlOf(to, params), undefined, options),
  /** A POST whose answer is binary columns (series, bands). */
  columns: async (to: string, body: unknown, options?: Options): Promise<Columns> => {
    const response = await request("POST", urlOf(to), body, options);
    return decodeColumns(await response.arrayBuffer());
  },
};
