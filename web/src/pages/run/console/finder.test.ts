// Pages of console output: fetched once, searched in order.
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeFinder, type Finder } from "../../../text/search";
import { ConsoleSearch } from "./finder";
import { ConsolePages, kPageLines } from "./pages";

/** A console of `count` lines behind a fetch that counts what is asked of it. */
function consoleOf(count: number, text = (number: number) => `line ${number}`, state = "finished") {
  const asked: number[] = [];
  const here = { count };
  vi.stubGlobal("fetch", async (url: string) => {
    const params = new URL(url, "http://x").searchParams;
    const first = Number(params.get("first") ?? 0);
    const limit = Number(params.get("limit"));
    asked.push(first);
    const lines = Array.from(
      { length: Math.max(0, Math.min(limit, here.count - first)) },
      (_, i) => ({
        number: first + i,
        stream: "stdout",
        time_ns: 0,
        text: text(first + i),
        partial: false,
      }),
    );
    return new Response(JSON.stringify({ lines, count: here.count, state }));
  });
  return { pages: new ConsolePages("/console"), asked, here };
}
const finder = (query: string) => makeFinder(query, false) as Finder;
afterEach(() => vi.unstubAllGlobals());

describe("console pages", () => {
  it("each page is fetched once, however often it is wanted", async () => {
    const { pages, asked } = consoleOf(2500);
    await Promise.all([pages.want(0, 40), pages.want(10, 60)]);
    await pages.want(990, 1010);
    await pages.want(0, 2500);
    expect(asked).toEqual([0, 1000, 2000]);
    const fresh = consoleOf(50_000);
    await fresh.pages.want(3000, 30_000);
    expect(fresh.asked).toEqual([3000, 23_000]);
    expect(pages.count.value).toBe(2500);
    expect(pages.line(1234)?.text).toBe("line 1234");
    expect(pages.line(9999)).toBeUndefined();
  });

  it("the last page of a run that lives is asked for again when it grows", async () => {
    const { pages, asked, here } = consoleOf(1500, undefined, "running");
    await pages.want(0, 1500);
    here.count = 1700;
    await pages.grow(1700);
    expect(asked).toEqual([0, 1000]);
    expect(pages.line(1650)?.text).toBe("line 1650");
  });

  it("a part-filled page that is no longer the last is forgotten", async () => {
    const { pages, here } = consoleOf(1500, undefined, "running");
    await pages.want(1000, 1500);
    here.count = 5000;
    await pages.grow(5000);
    expect(pages.line(1200)).toBeUndefined();
    expect(pages.count.value).toBe(5000);
    await pages.want(1000, 2000);
    expect(pages.line(1999)?.text).toBe("line 1999");
  });
});

describe("console search", () => {
  it("finds every line, beginning where one looks, and goes around the end", async () => {
    const { pages } = consoleOf(25_000, (number) =>
      number % 5000 === 17 ? "\x1b[31mneedle\x1b[0m" : "hay",
    );
    await pages.want(0, 10);
    const search = new ConsoleSearch(pages, finder("needle"));
    await search.run(12_000);
    expect(search.progress.value).toEqual({ lines_found: 5, lines_looked_at: 25_000, done: true });
    expect(search.next(12_000, 1)).toBe(15_017);
    expect(search.next(12_000, -1)).toBe(10_017);
    expect(search.next(20_017, 1)).toBe(17);
    expect(search.next(17, -1)).toBe(20_017);
    expect(search.place(5017)).toBe(2);
    expect(search.place(1)).toBe(0);
  });

  it("stops when it is told to, and an empty console is done at once", async () => {
    const { pages, asked } = consoleOf(50 * kPageLines);
    await pages.want(0, 10);
    const search = new ConsoleSearch(pages, finder("line"));
    const run = search.run(0);
    search.stop();
    await run;
    expect(asked.length).toBeLessThan(4);
    const nothing = new ConsoleSearch(consoleOf(0).pages, finder("x"));
    await nothing.run(0);
    expect(nothing.progress.value.done).toBe(true);
  });

  it("lines that come later are found once", async () => {
    const { pages, here } = consoleOf(10, () => "x", "running");
    await pages.want(0, 10);
    const search = new ConsoleSearch(pages, finder("x"));
    await search.run(0);
    here.count = 15;
    await pages.grow(15);
    search.extend(8, 15);
    expect(search.progress.value.lines_found).toBe(15);
    expect(search.next(14, 1)).toBe(0);
  });
});
