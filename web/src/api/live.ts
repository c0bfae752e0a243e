// What is new, as it comes: server-sent events over fetch, reconnecting by itself.
import { kApi, path, request } from "./client";
import { parseJson } from "./json";

export interface Want {
  runs?: string[];
  keys?: string[];
  console?: string[];
}

export interface Points {
  run: string;
  key: string;
  step: number[];
  time_ns: number[];
  value: number[];
  /** What was told so far no longer holds: fetch the series anew. No points come with it. */
  again?: boolean;
}

export interface Handlers {
  /** The stream stands. `again` after a break: what came meanwhile was missed, so fetch anew. */
  hello?: (revision: number, again: boolean) => void;
  runs?: (changed: string[], removed: string[]) => void;
  points?: (points: Points) => void;
  console?: (run: string, count: number) => void;
  /** The stream broke; it is tried again by itself. */
  lost?: () => void;
}

export interface Live {
  close: () => void;
}

export interface ServerEvent {
  event: string;
  data: string;
}

const kHiddenTooLong_ms = 15_000;
const kRetryFirst_ms = 500;
const kRetryMost_ms = 15_000;

/** Cuts a stream of server-sent events into events, however the bytes were split on their way. */
export class EventReader {
  private x_rest = "";

  push(text: string): ServerEvent[] {
    const blocks = (this.x_rest + text).replace(/\r\n/g, "\n").split("\n\n");
    this.x_rest = blocks.pop() ?? "";
    return blocks.map(readBlock).filter((event): event is ServerEvent => event !== null);
  }
}

function readBlock(block: string): ServerEvent | null {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length > 0 ? { event, data: data.join("\n") } : null;
}

/**
 * Follows a project until close(). A browser keeps few connections to one server, so a tab that is
 * hidden for long gives its stream back, and says hello again when it is seen.
 */
export function openLive(project: string, want: Want, handlers: Handlers): Live {
  const closing = new AbortController();
  void follow(project, want, handlers, closing.signal);
  return { close: () => closing.abort() };
}

// A signal that aborts when this tab has been hidden for a while, or with `closing`.
function whileSeen(closing: AbortSignal): AbortSignal {
  const away = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
    away.abort();
  };
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(leave, kHiddenTooLong_ms);
  };
  document.addEventListener("visibilitychange", look);
  closing.addEventListener("abort", leave, { once: true });
  look();
  return away.signal;
}

function untilSeen(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      done();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look, { once: true });
    look();
  });
}

async function follow(
  project: string,
  want: Want,
  handlers: Handlers,
  signal: AbortSignal,
): Promise<void> {
  let retry_ms = kRetryFirst_ms;
  let again = false;
  const heard = (event: ServerEvent) => {
    if (event.event === "hello") retry_ms = kRetryFirst_ms;
    dispatch(event, handlers, again);
    if (event.event === "hello") again = true;
  };
  while (!signal.aborted) {
    await untilSeen(signal);
    const seen = whileSeen(signal);
    try {
      await readStream(project, want, heard, seen);
    } catch {
      // Whatever broke it, the answer is to try again.
    }
    if (signal.aborted) return;
    if (seen.aborted) continue;
    handlers.lost?.();
    await sleep(retry_ms, signal);
    retry_ms = Math.min(retry_ms * 2, kRetryMost_ms);
  }
}

async function readStream(
  project: string,
  want: Want,
  heard: (event: ServerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const url = kApi + path`/projects/${project}/live`;
  const response = await request("POST", url, want, { signal });
  const stream = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!stream) return;
  const events = new EventReader();
  for (;;) {
    const { done, value } = await stream.read();
    if (done) return;
    for (const event of events.push(value)) heard(event);
  }
}

function dispatch({ event, data }: ServerEvent, handlers: Handlers, again: boolean): void {
  const body = parseJson(data) as Record<string, unknown>;
  if (event === "hello") handlers.hello?.(Number(body["revision"]), again);
  if (event === "runs")
    handlers.runs?.((body["changed"] as string[]) ?? [], (body["removed"] as string[]) ?? []);
  if (event === "points") handlers.points?.(readPoints(body));
  if (event === "console") handlers.console?.(String(body["run"]), Number(body["count"]));
}

// Values that are not finite come as strings, so that any JSON reader can read the stream.
function readPoints(body: Record<string, unknown>): Points {
  const points = { step: [], time_ns: [], value: [], ...body } as unknown as Points;
  return {
    ...points,
    value: points.value.map((value: unknown) => (value === null ? NaN : Number(value))),
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
