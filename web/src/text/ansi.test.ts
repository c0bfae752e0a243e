// Colours of a terminal, and what a hostile one sends.
import { describe, expect, it } from "vitest";
import { cssColor, markSpans, parseAnsi, stripAnsi } from "./ansi";

const E = "\x1b[";
const text = (line: string) =>
  parseAnsi(line)
    .map((span) => span.text)
    .join("");

describe("ansi", () => {
  it("plain text is one span without a style", () => {
    expect(parseAnsi("epoch 1\tloss 0.3")).toEqual([{ text: "epoch 1\tloss 0.3", style: {} }]);
    expect(parseAnsi("")).toEqual([]);
  });

  it("named and bright colours, on and off again", () => {
    expect(parseAnsi(`${E}31mred${E}39m${E}92;44mgreen${E}0m.`)).toEqual([
      { text: "red", style: { fg: 1 } },
      { text: "green", style: { fg: 10, bg: 4 } },
      { text: ".", style: {} },
    ]);
  });

  it("an SGR without parameters resets", () => {
    expect(parseAnsi(`${E}1;4mx${E}my`)).toEqual([
      { text: "x", style: { bold: true, underline: true } },
      { text: "y", style: {} },
    ]);
  });

  it("attributes are switched off one by one", () => {
    const line = `${E}1;2;3;4;7;9ma${E}22mb${E}23;24;27;29mc`;
    expect(parseAnsi(line).map((span) => span.style)).toEqual([
      { bold: true, dim: true, italic: true, underline: true, inverse: true, strike: true },
      { italic: true, underline: true, inverse: true, strike: true },
      {},
    ]);
  });

  it("256 colours and true colours, with semicolons and with colons", () => {
    const styles = (line: string) => parseAnsi(line).map((span) => span.style);
    expect(styles(`${E}38;5;208mx`)).toEqual([{ fg: 208 }]);
    expect(styles(`${E}48;2;1;2;255mx`)).toEqual([{ bg: "#0102ff" }]);
    expect(styles(`${E}38:2::16:32:48mx`)).toEqual([{ fg: "#102030" }]);
    expect(styles(`${E}38:2:16:32:48mx`)).toEqual([{ fg: "#102030" }]);
    expect(styles(`${E}38;5;208;1mx`)).toEqual([{ fg: 208, bold: true }]);
    expect(styles(`${E}4:3mx${E}4:0my`)).toEqual([{ underline: true }, {}]);
  });

  it("colours that are none change nothing", () => {
    for (const bad of [
      "38",
      "38;5",
      "38;5;256",
      "38;2;1;2",
      "38;2;1;2;300",
      "38;7;1",
      "999",
      "-1",
      "38;5;x",
    ])
      expect(text(`${E}${bad}mx`)).toMatch(/x$/);
    expect(parseAnsi(`${E}38;5;999mx`)[0]?.style.fg).toBeUndefined();
    expect(parseAnsi(`${E}38;2;999;0;0mx`)[0]?.style.fg).toBeUndefined();
  });

  it("everything else a terminal would act on is dropped, its text kept", () => {
    expect(text(`${E}2K${E}1A${E}?25lprogress${E}0K`)).toBe("progress");
    expect(text("\x1b]0;title\x07shown")).toBe("shown");
    expect(text("\x1b]8;;https://x.invalid\x1b\\link\x1b]8;;\x1b\\ after")).toBe("link after");
    expect(text("\x1bPq#0;2;0;0;0\x1b\\sixel")).toBe("sixel");
    expect(text("\x1b(Bascii\x1b7\x1bM\x07\b!")).toBe("ascii!");
    expect(text("\x9b31mc1\x9b0m")).toBe("c1");
    expect(text("cut off \x1b[")).toBe("cut off ");
    expect(text("open \x1b]0;never ended")).toBe("open ");
    expect(stripAnsi(`${E}1mbold${E}0m\x07`)).toBe("bold");
  });

  it("markup is text", () => {
    const line = `${E}31m<script>alert(1)</script>&amp;${E}0m`;
    expect(parseAnsi(line)).toEqual([{ text: "<script>alert(1)</script>&amp;", style: { fg: 1 } }]);
  });

  it("a line of a million escapes takes linear time", () => {
    const line = `${E}31m${E}0m`.repeat(200_000) + "x" + "\x1b".repeat(100_000) + `${E};`.repeat(1);
    const began = process.cpuUsage();
    parseAnsi(line);
    parseAnsi("\x1b[" + "1;".repeat(200_000) + "mx");
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(3000);
  });

  it("palette colours have their CSS", () => {
    expect(cssColor(1)).toBeUndefined();
    expect(cssColor(16)).toBe("rgb(0 0 0)");
    expect(cssColor(208)).toBe("rgb(255 135 0)");
    expect(cssColor(231)).toBe("rgb(255 255 255)");
    expect(cssColor(255)).toBe("rgb(238 238 238)");
    expect(cssColor("#010203")).toBe("#010203");
  });

  it("marks are cut across spans and numbered", () => {
    const spans = parseAnsi(`ab${E}1mcd${E}0mef`);
    expect(
      markSpans(spans, [
        { from: 1, to: 3 },
        { from: 5, to: 6 },
      ]),
    ).toEqual([
      { text: "a", style: {}, mark: -1 },
      { text: "b", style: {}, mark: 0 },
      { text: "c", style: { bold: true }, mark: 0 },
      { text: "d", style: { bold: true }, mark: -1 },
      { text: "e", style: {}, mark: -1 },
      { text: "f", style: {}, mark: 1 },
    ]);
    expect(markSpans(spans, []).every((span) => span.mark === -1)).toBe(true);
  });
});
