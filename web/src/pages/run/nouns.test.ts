// Facts of a run as the page says them.
import { describe, expect, it } from "vitest";
import { quoteForShell, remoteUrl } from "./nouns";

describe("facts of a run", () => {
  it("a remote that a browser can open becomes its address, any other none", () => {
    expect(remoteUrl("git@github.com:ada/vision.git")).toBe("https://github.com/ada/vision");
    expect(remoteUrl("https://gitlab.example.org/a/b/c")).toBe("https://gitlab.example.org/a/b/c");
    expect(remoteUrl("ssh://git@host.org:2222/a/b.git")).toBe("https://host.org/a/b");
    expect(remoteUrl("https://user:secret@host.org/a.git")).toBe("https://host.org/a");
    for (const bad of [
      "javascript:alert(1)",
      "/srv/git/a.git",
      "../a",
      "https://a b/c",
      "file:///etc",
      "",
    ])
      expect(remoteUrl(bad)).toBeUndefined();
  });

  it("words are quoted so that a shell gives them back", () => {
    expect(quoteForShell("--lr=0.1")).toBe("--lr=0.1");
    expect(quoteForShell("it's $HOME")).toBe(`'it'\\''s $HOME'`);
    expect(quoteForShell("")).toBe("''");
  });
});
