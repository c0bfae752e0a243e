// Markdown as elements, never as HTML.
import { describe, expect, it } from "vitest";
import { parseMarkdown, safeHref, type Block, type Inline } from "./markdown";

/** The tree in a short notation: what a reader of a test wants to see. */
function show(blocks: Block[]): string {
  return blocks.map(showBlock).join(" ");
}
function showBlock(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `h${block.level}(${inline(block.inline)})`;
    case "paragraph":
      return `p(${inline(block.inline)})`;
    case "code":
      return `pre:${block.language}(${block.text})`;
    case "quote":
      return `quote(${show(block.blocks)})`;
    case "rule":
      return "hr";
    case "list": {
      const mark = (done: boolean | undefined) => (done === undefined ? "" : done ? "[x]" : "[ ]");
      const items = block.items.map((item) => `${mark(item.done)}${show(item.blocks)}`);
      return `${block.ordered ? `ol${block.start}` : "ul"}(${items.join("; ")})`;
    }
    case "table":
      return `table[${block.align.map((a) => a ?? "-")}](${[block.head, ...block.rows]
        .map((row) => row.map(inline).join("|"))
        .join(" / ")})`;
  }
}
function inline(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      if (part.kind === "break") return "⏎";
      if (part.kind === "code") return `code(${part.text})`;
      if (part.kind === "link") return `a{${part.href}}(${inline(part.inline)})`;
      return `${part.kind}(${inline(part.inline)})`;
    })
    .join("");
}
const md = (text: string) => show(parseMarkdown(text));

function links(blocks: Block[]): string[] {
  return [...JSON.stringify(blocks).matchAll(/"href":"([^"]*)"/g)].map(
    (match) => match[1] as string,
  );
}

describe("blocks", () => {
  it("headings, paragraphs, rules", () => {
    expect(md("# A\n## B ##\ntext\nmore\n\nnext\n***\n#no")).toBe(
      "h1(A) h2(B) p(text⏎more) p(next) hr p(#no)",
    );
  });
  it("code keeps everything as it is", () => {
    expect(md("```py\na = *b*\n  <b>\n```\nx")).toBe("pre:py(a = *b*\n  <b>) p(x)");
    expect(md("~~~\n```\n~~~")).toBe("pre:(```)");
    expect(md("```\nnever closed")).toBe("pre:(never closed)");
  });
  it("quotes", () => expect(md("> a\n> > b\n\nc")).toBe("quote(p(a) quote(p(b))) p(c)"));
  it("lists, nested, with tasks and numbers", () => {
    expect(md("- a\n- b\n  - c\n    more\n- d")).toBe("ul(p(a); p(b) ul(p(c⏎more)); p(d))");
    expect(md("3. a\n4. b")).toBe("ol3(p(a); p(b))");
    expect(md("- [ ] open\n- [x] done")).toBe("ul([ ]p(open); [x]p(done))");
    expect(md("- a\n\n- b\n\ntext")).toBe("ul(p(a); p(b)) p(text)");
    expect(md("text\n2. is no list")).toBe("p(text⏎2. is no list)");
    expect(md("* a\n- b")).toBe("ul(p(a)) ul(p(b))");
    expect(md("- a\n  ```\n  x\n  ```")).toBe("ul(p(a) pre:(x))");
  });
  it("tables", () => {
    expect(md("a | b\n:--|--:\n1 | `x|y`\n2\n\nend")).toBe(
      "table[left,right](a|b / 1|code(x|y) / 2|) p(end)",
    );
    expect(md("| a | b |\n|---|:-:|\n| \\| | **b** |")).toBe("table[-,center](a|b / ||strong(b))");
    expect(md("a | b\n--|--|--")).toBe("p(a | b⏎--|--|--)");
  });
});

describe("inline", () => {
  it("emphasis", () => {
    expect(md("*a* **b** ***c*** ~~d~~ _e_ __f__")).toBe(
      "p(em(a) strong(b) strong(em(c)) strike(d) em(e) strong(f))",
    );
    expect(md("**a *b* c**")).toBe("p(strong(a em(b) c))");
  });
  it("what is no emphasis", () => {
    expect(md("snake_case_name 2 * 3 * 4 **open ****")).toBe(
      "p(snake_case_name 2 * 3 * 4 **open ****)",
    );
    expect(md("*a **b*")).toBe("p(em(a **b))");
  });
  it("code spans and escapes", () => {
    expect(md("`a*b*` ``x`y`` \\*no\\* `open")).toBe("p(code(a*b*) code(x`y) *no* `open)");
  });
  it("links", () => {
    expect(md("[a *b*](https://x.org/(y)?q=1 'title')")).toBe(
      "p(a{https://x.org/(y)?q=1}(a em(b)))",
    );
    expect(md("see https://x.org/a_b. <mailto:a@b.c>")).toBe(
      "p(see a{https://x.org/a_b}(https://x.org/a_b). a{mailto:a@b.c}(a@b.c))",
    );
    expect(md("(https://x.org/)")).toBe("p((a{https://x.org/}(https://x.org/)))");
    expect(md("![plot](https://x.org/p.png)")).toBe("p(a{https://x.org/p.png}(plot))");
    expect(md("[a [b](https://x.org/1)](https://x.org/2)")).toBe("p(a{https://x.org/2}(a b))");
    expect(md("[not](a link")).toBe("p([not](a link)");
  });
});

describe("hostile input", () => {
  const bad = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://x.org/1",
    "//evil.org/x",
    "/api/v1/logout",
    "../../x",
    "#x",
    "http:evil",
    "https:///",
    "feed:javascript:alert(1)",
    "view-source:https://x.org",
    "",
  ];
  it.each(bad)("the address %j is no link", (address) => {
    expect(safeHref(address)).toBeUndefined();
    const found = links(
      parseMarkdown(`[x](${address}) [x](<${address}>) ![x](${address}) <${address}>`),
    );
    // An https address within another one may become a link by itself, and to nowhere else.
    expect(found.filter((link) => !link.startsWith("https://x.org"))).toEqual([]);
  });

  it("good addresses come out normalised, quotes escaped", () => {
    expect(safeHref("HTTPS://X.org/a b")).toBe("https://x.org/ab");
    expect(safeHref('https://x.org/"onclick=alert(1)')).toBe("https://x.org/%22onclick=alert(1)");
  });

  it("HTML is text, wherever it stands", () => {
    const html = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    expect(md(html)).toBe(`p(${html})`);
    expect(md(`# ${html}\n- ${html}\n\n> ${html}\n\n| ${html} |\n|--|`)).toContain(html);
    expect(md("[<img src=x onerror=1>](https://x.org)")).toBe(
      "p(a{https://x.org/}(<img src=x onerror=1>))",
    );
    expect(md("<a href='javascript:1'>x</a>")).toBe("p(<a href='javascript:1'>x</a>)");
    expect(md("&lt;b&gt; &#60;")).toBe("p(&lt;b&gt; &#60;)");
  });

  it("links with links, brackets and code inside stay one safe link", () => {
    expect(links(parseMarkdown("[a [b](javascript:1) c](https://x.org)"))).toEqual([
      "https://x.org/",
    ]);
    expect(links(parseMarkdown("[`](javascript:1)`](https://x.org)"))).not.toContain(
      "javascript:1",
    );
    expect(links(parseMarkdown("[x](javascript:alert(1)//https://x.org)"))).toEqual([]);
  });

  const many = 100_000;
  it.each([
    ["quotes", ">".repeat(many)],
    ["quotes over lines", "> ".repeat(500) + "\n"],
    ["lists", Array.from({ length: 400 }, (_, i) => " ".repeat(i) + "- x").join("\n")],
    ["emphasis", "*a ".repeat(many)],
    ["closed emphasis", "*a".repeat(many) + "*".repeat(10)],
    ["stars", "*".repeat(many)],
    ["mixed signs", "*_~~".repeat(many / 4) + "a" + "~~_*".repeat(many / 4)],
    ["brackets", "[".repeat(many)],
    ["brackets and ends", "[".repeat(many / 10) + "]".repeat(many / 10)],
    ["half links", "[a](".repeat(many / 4)],
    ["backticks", Array.from({ length: 400 }, (_, i) => "`".repeat(i)).join(" ")],
    ["one backtick each", "` a".repeat(many)],
    ["bars", "|".repeat(many) + "\n" + "|-".repeat(many / 2)],
    ["rules", "- ".repeat(many) + "x"],
    ["hashes", "# " + "# ".repeat(many)],
    ["hashes and blanks", "# a" + " ".repeat(many) + "b"],
    ["fences", "```" + " ".repeat(many) + "`"],
    ["code and blanks", "`" + " ".repeat(many) + "`"],
    ["titles", "[a](https://x.org" + " ".repeat(many) + '"'],
    ["blanks", " ".repeat(many) + "a" + " ".repeat(many)],
    ["breaks", "a" + " ".repeat(many) + "\n b"],
    ["addresses", "https://x.org/" + ".".repeat(many) + "a"],
    ["addresses with brackets", ("https://x.org/" + ")".repeat(50)).repeat(1000)],
    ["table rule", "a|b\n" + "-".repeat(many) + "x"],
  ])("%s without end are read quickly", (_, text) => {
    const began = process.cpuUsage();
    JSON.stringify(parseMarkdown(text));
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(1500);
  });
});
