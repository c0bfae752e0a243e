// Addresses: routes, the text of values, and signals that follow the address.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { encodeQuery, hrefOf, printValue, readRoute, readValue } from "./url";

describe("routes", () => {
  it.each([
    ["/", { page: "projects" }],
    ["/p/vision", { page: "project", project: "vision" }],
    ["/p/my%20project/", { page: "project", project: "my project" }],
    ["/p/vision/runs/a1b2", { page: "run", project: "vision", run: "a1b2" }],
    ["/p/vision/compare/a,b%2Fc", { page: "compare", project: "vision", runs: ["a", "b/c"] }],
    ["/p/vision/footprint", { page: "footprint", project: "vision" }],
    ["/footprint", { page: "footprint", project: "" }],
    ["/nonsense/at/all", { page: "projects" }],
    ["/p/%E0%A4%A", { page: "project", project: "%E0%A4%A" }],
  ])("%s is read", (path, expected) => {
    expect(readRoute(path)).toMatchObject(expected);
  });

  it("are printed as they are read", () => {
    const paths = [
      "/",
      "/p/a%20b",
      "/p/x/runs/r%231",
      "/p/x/compare/a,b",
      "/p/x/footprint",
      "/footprint",
    ];
    for (const path of paths) expect(hrefOf(readRoute(path))).toBe(path);
  });
});

describe("values", () => {
  it.each([
    ["text", "a,b ~c", ""],
    ["number", -0.25, 0],
    ["boolean", true, false],
    ["list", ["a", "b"], [] as string[]],
    ["list with commas and tildes", ["a,b", "~", "~.", "c~,d"], [] as string[]],
    ["empty list", [], ["x"]],
  ])("a %s survives the address", (_, value, fallback) => {
    expect(readValue(printValue(value), fallback)).toEqual(value);
  });

  it("that is no number gives the fallback", () => {
    expect(readValue("ten", 10)).toBe(10);
    expect(readValue("", 10)).toBe(10);
  });

  it("stay readable in the address and survive it", () => {
    const text = "summary.val/loss < 0.3, name ~ '(?i)a&b=c#d+e'";
    const encoded = encodeQuery(text);
    expect(encoded).toContain("summary.val/loss+");
    expect(new URLSearchParams("q=" + encoded).get("q")).toBe(text);
  });
});

describe("query()", () => {
  const entries: string[] = [];
  let url: typeof import("./url");
  let pop: () => void;

  const flushed = () => Promise.resolve();

  beforeEach(async () => {
    vi.resetModules();
    entries.splice(0, entries.length, "/p/x?sort=-loss&q=a+%3D+1");
    const location = {
      get pathname() {
        return (entries.at(-1) ?? "").split("?")[0];
      },
      get search() {
        const query = (entries.at(-1) ?? "").split("?")[1];
        return query ? "?" + query : "";
      },
      get href() {
        return entries.at(-1) ?? "";
      },
    };
    vi.stubGlobal("location", location);
    vi.stubGlobal("history", {
      pushState: (_: unknown, __: string, to: string) => entries.push(to),
      replaceState: (_: unknown, __: string, to: string) => entries.splice(-1, 1, to),
    });
    vi.stubGlobal("document", { addEventListener: () => {} });
    vi.stubGlobal("window", {
      scrollTo: () => {},
      addEventListener: (_: string, heard: () => void) => (pop = heard),
    });
    url = await import("./url");
    url.followLinks();
  });

  it("begins as the address says", () => {
    expect(url.query("q", "").value).toBe("a = 1");
    expect(url.query("sort", [] as string[]).value).toEqual(["-loss"]);
    expect(url.query("n", 10).value).toBe(10);
  });

  it("gives one signal for one name", () => {
    expect(url.query("n", 10)).toBe(url.query("n", 10));
  });

  it("writes changes as one step in history, and leaves fallbacks out", async () => {
    url.query("n", 10).value = 25;
    url.query("q", "").value = "";
    await flushed();
    expect(entries).toEqual(["/p/x?sort=-loss&q=a+%3D+1", "/p/x?sort=-loss&n=25"]);
  });

  it("replaces while dragging: a drag is one step back", async () => {
    const width = url.query("w", 0);
    url.beginDrag();
    for (const px of [10, 20, 30]) {
      width.value = px;
      await flushed();
    }
    url.endDrag();
    expect(entries).toHaveLength(2);
    expect(entries[1]).toContain("w=30");
  });

  it("follows the way back without writing it again", async () => {
    const count = url.query("n", 10);
    count.value = 25;
    await flushed();
    entries.pop();
    pop();
    await flushed();
    expect(count.value).toBe(10);
    expect(entries).toHaveLength(1);
  });

  it("returns to a project as it was seen last", async () => {
    url.query("n", 10).value = 25;
    await flushed();
    url.go({ page: "run", project: "x", run: "r" });
    expect(url.route.value.page).toBe("run");
    expect(url.projectHref("x")).toBe("/p/x?sort=-loss&q=a+%3D+1&n=25");
  });

  it("shows a named view as it was kept", async () => {
    const count = url.query("n", 10);
    count.value = 25;
    await flushed();
    const kept = url.viewState();
    url.showView("");
    expect(count.value).toBe(10);
    url.showView(kept);
    expect(count.value).toBe(25);
  });
});
