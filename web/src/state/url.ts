// Where the page is and how it looks, all of it in the address: a link shows what its sender saw.
//
// The path is the route, the query string the state of the view. A state is a signal made by
// query(name, fallback): setting it writes the address, going back in history sets the signal.
// Names in use: the project page has q sort by show hide pin base view side; charts begin with "c.",
// logged tables with "rows.", what a sweep's page shows with "s.", a footprint's with "f.", a
// report's with "r.".
import {
  batch,
  effect,
  signal,
  untracked,
  type ReadonlySignal,
  type Signal,
} from "@preact/signals";

export interface Route {
  page: "projects" | "project" | "run" | "compare" | "sweeps" | "footprint" | "report";
  project: string; // of footprint: "" for all of them
  run: string;
  sweep: string; // of sweeps: one of them, or "" for their list
  runs: string[]; // of compare
}

const kNowhere: Route = { page: "projects", project: "", run: "", sweep: "", runs: [] };

/**
 * / · /footprint · /p/PROJECT · /p/PROJECT/runs/RUN · /p/PROJECT/compare/RUN,RUN ·
 * /p/PROJECT/sweeps/SWEEP · /p/PROJECT/footprint · /p/PROJECT/report
 */
export function readRoute(pathname: string): Route {
  const [root, project, page, rest] = pathname.split("/").filter(Boolean).map(decode);
  if (root === "footprint") return { ...kNowhere, page: "footprint" };
  if (root !== "p" || !project) return kNowhere;
  if (page === "runs" && rest) return { ...kNowhere, page: "run", project, run: rest };
  if (page === "sweeps") return { ...kNowhere, page: "sweeps", project, sweep: rest ?? "" };
  if (page === "footprint") return { ...kNowhere, page: "footprint", project };
  if (page === "report") return { ...kNowhere, page: "report", project };
  if (page === "compare")
    return { ...kNowhere, page: "compare", project, runs: (rest ?? "").split(",").filter(Boolean) };
  return { ...kNowhere, page: "project", project };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function hrefOf(to: Partial<Route>): string {
  const project = `/p/${encodeURIComponent(to.project ?? "")}`;
  if (to.page === "footprint") return (to.project ? project : "") + "/footprint";
  if (to.page === "project") return project;
  if (to.page === "report") return `${project}/report`;
  if (to.page === "run") return `${project}/runs/${encodeURIComponent(to.run ?? "")}`;
  if (to.page === "sweeps")
    return `${project}/sweeps` + (to.sweep ? `/${encodeURIComponent(to.sweep)}` : "");
  if (to.page === "compare")
    return `${project}/compare/${(to.runs ?? []).map(encodeURIComponent).join(",")}`;
  return "/";
}

const x_last_search = new Map<string, string>();

/** The project's page as it was last seen in this tab. */
export function projectHref(project: string): string {
  return hrefOf({ page: "project", project }) + (x_last_search.get(project) ?? "");
}

// --- the query string as text

type Scalar = string | number | boolean | string[];

// Lists are joined with commas; a comma inside an item is "~.", a tilde "~~", an empty list "~".
export function printValue(value: Scalar): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (!Array.isArray(value)) return String(value);
  if (value.length === 0) return "~";
  return value.map((item) => item.replace(/~/g, "~~").replace(/,/g, "~.")).join(",");
}

export function readValue<T extends Scalar>(text: string, fallback: T): T {
  let value: Scalar = text;
  if (typeof fallback === "boolean") value = text === "1";
  if (typeof fallback === "number")
    value = text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : fallback;
  if (Array.isArray(fallback))
    value =
      text === "~" || text === ""
        ? []
        : text
            .split(",")
            .map((item) => item.replace(/~([~.])/g, (_, c) => (c === "." ? "," : "~")));
  return value as T;
}

/** Percent-encodes only what a query string must, so that addresses stay readable. */
export function encodeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/%(2F|3A|2C|40|3B|24|3F)/g, (code) => decodeURIComponent(code))
    .replace(/%20/g, "+");
}

// --- the address of this tab

const has_window = typeof window !== "undefined";
const x_route = signal<Route>(has_window ? readRoute(location.pathname) : kNowhere);
export const route: ReadonlySignal<Route> = x_route;

interface Entry {
  signal: Signal<Scalar>;
  fallback: Scalar;
}

const x_entries = new Map<string, Entry>();
let x_params = new URLSearchParams(has_window ? location.search : "");
let x_reading = false;
let x_dragging = 0;
let x_replace = true;
let x_pending = false;

/** The signal behind `?name=`: as the address says, else `fallback`. One signal for each name. */
export function query(name: string, fallback: boolean): Signal<boolean>;
export function query(name: string, fallback: number): Signal<number>;
export function query(name: string, fallback: string[]): Signal<string[]>;
export function query<T extends string>(name: string, fallback: NoInfer<T>): Signal<T>;
export function query(name: string, fallback: Scalar): unknown {
  const known = x_entries.get(name);
  if (known) return known.signal;
  const text = x_params.get(name);
  const made = signal<Scalar>(text === null ? fallback : readValue(text, fallback));
  x_entries.set(name, { signal: made, fallback });
  let first = true;
  effect(() => {
    const value = made.value;
    if (first) first = false;
    else if (!x_reading) untracked(() => write(name, value));
  });
  return made;
}

function write(name: string, value: Scalar): void {
  const entry = x_entries.get(name);
  if (!entry) return;
  const text = printValue(value);
  if (text === printValue(entry.fallback)) x_params.delete(name);
  else x_params.set(name, text);
  if (!x_pending) x_replace = true;
  if (x_dragging === 0) x_replace = false;
  if (!x_pending) queueMicrotask(flush);
  x_pending = true;
}

function flush(): void {
  x_pending = false;
  const address = location.pathname + searchText();
  remember();
  if (address === location.pathname + location.search) return;
  if (x_replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

function remember(): void {
  const { page, project } = x_route.peek();
  if (page === "project") x_last_search.set(project, searchText());
}

function searchText(): string {
  const text = [...x_params].map(([n, v]) => `${encodeQuery(n)}=${encodeQuery(v)}`).join("&");
  return text ? "?" + text : "";
}

/** The whole state of the view as text: what a named view keeps. */
export function viewState(): string {
  return searchText().slice(1);
}

/** Shows a view that viewState() described. */
export function showView(state: string): void {
  history.pushState(null, "", location.pathname + (state ? "?" + state : ""));
  readAddress();
}

/** Between the two, changes replace the history entry: one drag is one step back, not hundreds. */
export function beginDrag(): void {
  // The first change of a drag pushes, the others replace it.
  history.pushState(null, "", location.href);
  ++x_dragging;
}

export function endDrag(): void {
  x_dragging = Math.max(0, x_dragging - 1);
}

/** Runs `change` without a step in history: for typing and for what the page does by itself. */
export function replacing(change: () => void): void {
  ++x_dragging;
  try {
    change();
  } finally {
    --x_dragging;
  }
}

/** Goes to another page, or with {replace} corrects where we are. */
export function go(to: string | Partial<Route>, { replace = false } = {}): void {
  const address = typeof to === "string" ? to : hrefOf(to);
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  readAddress();
  if (!replace) window.scrollTo(0, 0);
}

function readAddress(): void {
  batch(applyAddress);
}

function applyAddress(): void {
  x_params = new URLSearchParams(location.search);
  x_reading = true;
  for (const [name, entry] of x_entries) {
    const text = x_params.get(name);
    const value = text === null ? entry.fallback : readValue(text, entry.fallback);
    if (printValue(value) !== printValue(entry.signal.peek())) entry.signal.value = value;
  }
  const next = readRoute(location.pathname);
  if (next.page === "project") x_last_search.set(next.project, searchText());
  if (hrefOf(next) !== hrefOf(x_route.peek()) || next.page !== x_route.peek().page)
    x_route.value = next;
  x_reading = false;
}

/** Lets ordinary links within the page be followed without loading it anew. */
export function followLinks(): void {
  window.addEventListener("popstate", readAddress);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash);
  });
}
