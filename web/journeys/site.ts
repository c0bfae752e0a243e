// Site: the real server over a store of its own, and pages of it in a real browser.
//
// One for each file of journeys; it lives from the first test to the last. The page of a test has a
// browser context of its own. After each test the page must have had no fault: no error on the
// console, no breach of the Content-Security-Policy, no exception, no request to another host. What
// a test means to provoke it names before: `visit.expectFault(/400/)`.
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  type Request,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { bareEnv, kCairn, kPython, kShots } from "./places";

export interface SiteOptions {
  /** Begin with a store that holds nothing. */
  empty?: boolean;
  /** Words after `cairn serve --port 0`. */
  serve?: string[];
  /** What is done to the store before it is served: `cairn` commands, in its folder. */
  before?: (run: (...words: string[]) => Promise<string>) => Promise<void>;
}

export class Site {
  url = "";
  folder = "";
  /** What the server said on its standard error, the access log among it. */
  log = "";
  private x_server: ChildProcess | null = null;
  private x_browser: Browser | null = null;
  private readonly x_programs = new Set<ChildProcess>();
  private readonly x_visits: Visit[] = [];

  constructor(private readonly x_options: SiteOptions) {}

  async start(): Promise<void> {
    this.folder = mkdtempSync(join(tmpdir(), "cairn-site-"));
    if (!this.x_options.empty) cpSync(inject("store"), this.folder, { recursive: true });
    await this.x_options.before?.((...words) => this.cairn(...words));
    const words = ["serve", "--port", "0", "--dir", this.folder, ...(this.x_options.serve ?? [])];
    this.x_server = spawn(kCairn, words, { stdio: ["ignore", "pipe", "pipe"], env: bareEnv() });
    this.x_server.stderr!.on("data", (part) => (this.log += part));
    this.url = await readUrl(this.x_server);
    this.x_browser = await chromium.connect(inject("browser"));
  }

  async stop(): Promise<void> {
    await this.x_browser?.close();
    for (const program of this.x_programs) await ended(program, "SIGKILL");
    if (this.x_server) await ended(this.x_server, "SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A page of the site in a browser context of its own, wide enough for everything. */
  async open(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.x_browser!.newContext({
      viewport: { width: 1440, height: 900 },
      colorScheme: "light",
      reducedMotion: "reduce",
      acceptDownloads: true,
      ...options,
    });
    context.setDefaultTimeout(10_000);
    const visit = new Visit(this.url, context, await context.newPage());
    this.x_visits.push(visit);
    await visit.go(path);
    return visit;
  }

  /** Ends the visits of a test and says what was wrong with them. */
  async endVisits(): Promise<string[]> {
    const faults: string[] = [];
    for (const visit of this.x_visits.splice(0)) {
      faults.push(...visit.faults());
      await visit.context.close();
    }
    return faults;
  }

  async photograph(name: string): Promise<void> {
    mkdirSync(kShots, { recursive: true });
    const file = name.replace(/[^\w]+/g, "_").slice(0, 100);
    for (const [at, { page }] of this.x_visits.entries())
      await page.screenshot({ path: join(kShots, `${file}_${at}.png`) }).catch(() => {});
  }

  /** Asks the API, as another program would. */
  async api<T = any>(path: string, init: RequestInit = {}): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      ...init,
      headers: { "Content-Type": "application/json", ...init.headers },
    });
    if (!answer.ok) throw new Error(`${init.method ?? "GET"} ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** The run of this name. */
  async run<T = any>(project: string, name: string): Promise<T> {
    return this.api(`/projects/${encodeURIComponent(project)}/runs/${encodeURIComponent(name)}`);
  }

  /** Runs `cairn WORDS` over the folder of this site and answers what it printed. */
  async cairn(...words: string[]): Promise<string> {
    const program = spawn(kCairn, [...words, "--dir", this.folder], {
      stdio: ["ignore", "pipe", "inherit"],
      env: bareEnv(),
    });
    return outputOf(program);
  }

  /** Runs a program in Python that logs to the folder of this site; it ends with the site. */
  python(code: string): Program {
    const child = spawn(kPython, ["-u", "-c", code], {
      cwd: this.folder,
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...bareEnv(), CAIRN_DIR: this.folder },
    });
    this.x_programs.add(child);
    return new Program(child);
  }
}

/** A program that is told and answers by lines. */
export class Program {
  private readonly x_lines: AsyncIterator<string>;

  constructor(private readonly x_child: ChildProcess) {
    this.x_lines = createInterface({ input: x_child.stdout! })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.x_lines.next();
    if (done) throw new Error("the program ended");
    return value;
  }

  tell(line: string): void {
    this.x_child.stdin!.write(line + "\n");
  }

  /** Ends what it reads, and waits until it has gone. */
  async end(): Promise<void> {
    this.x_child.stdin!.end();
    await ended(this.x_child);
  }
}

/** What one test sees. */
export class Visit {
  /** Every request to the server, in order, as "METHOD /path?query". */
  readonly requests: string[] = [];
  private readonly x_faults: string[] = [];
  private readonly x_expected: RegExp[] = [];

  constructor(
    readonly url: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        this.x_faults.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.x_faults.push(`exception: ${error.stack ?? error}`));
    page.on("dialog", (dialog) => {
      this.x_faults.push(`a dialog was opened: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on("request", (request) => this.hear(request));
  }

  async go(path: string): Promise<void> {
    await this.page.goto(this.url + path, { waitUntil: "load" });
  }

  /** This will be on the console, and is meant to. */
  expectFault(pattern: RegExp): void {
    this.x_expected.push(pattern);
  }

  faults(): string[] {
    return this.x_faults.filter((fault) => !this.x_expected.some((each) => each.test(fault)));
  }

  /** The query string, decoded. */
  query(name: string): string | null {
    return new URL(this.page.url()).searchParams.get(name);
  }

  /** How often something was asked for since the visit began. */
  count(pattern: RegExp): number {
    return this.requests.filter((each) => pattern.test(each)).length;
  }

  private hear(request: Request): void {
    const url = new URL(request.url());
    if (url.origin !== this.url && !["data:", "blob:", "about:"].includes(url.protocol))
      this.x_faults.push(`a request to another host: ${request.url()}`);
    this.requests.push(`${request.method()} ${url.pathname}${url.search}`);
  }
}

/** The site of a file of journeys; its tests find it started. */
export function useSite(options: SiteOptions = {}): Site {
  const site = new Site(options);
  beforeAll(() => site.start());
  afterAll(() => site.stop());
  afterEach(async (context) => {
    if (context.task.result?.state === "fail") await site.photograph(context.task.name);
    expect(await site.endVisits(), "faults of the page").toEqual([]);
  });
  return site;
}

async function readUrl(server: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: server.stdout! })) {
    const found = /https?:\/\/\S+/.exec(line);
    if (found) return found[0];
  }
  throw new Error("cairn serve ended without saying where it listens");
}

async function outputOf(program: ChildProcess): Promise<string> {
  let text = "";
  program.stdout!.on("data", (part) => (text += part));
  const code = await new Promise((done) => program.on("close", done));
  if (code !== 0) throw new Error(`the program ended with ${code}: ${text}`);
  return text;
}

async function ended(program: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const gone = new Promise((done) => program.once("exit", done));
  if (signal) program.kill(signal);
  await gone;
}
