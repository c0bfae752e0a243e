// What a chart is saved as: CSV, SVG, PNG.
import { describe, expect, it } from "vitest";
import { csvOf, fileName, tsvOf } from "./table_text";
import { escapeXml, SvgPen } from "./svg_pen";

describe("CSV", () => {
  it("quotes what needs it and leaves numbers exact", () => {
    const table = {
      columns: ["run", "value"],
      rows: [
        ['a,"b"', 0.1 + 0.2],
        ["c", null],
      ],
    };
    expect(csvOf(table)).toBe('run,value\r\n"a,""b""",0.30000000000000004\r\nc,\r\n');
  });
  it("is no formula to a spreadsheet", () => {
    expect(csvOf({ columns: ["run"], rows: [["=HYPERLINK(1)"]] })).toBe(
      "run\r\n'=HYPERLINK(1)\r\n",
    );
    expect(csvOf({ columns: ["value"], rows: [[-3]] })).toBe("value\r\n-3\r\n");
  });
  it("for the clipboard keeps cells apart", () => {
    expect(tsvOf({ columns: ["a", "b"], rows: [["x\ty", "line\nbreak"]] })).toBe(
      "a\tb\nx y\tline break\n",
    );
  });
});

it("file names are plain", () => {
  expect(fileName("val/acc by lr", "png")).toBe("val-acc-by-lr.png");
  expect(fileName("../../etc", "csv")).toBe("etc.csv");
  expect(fileName("///", "svg")).toBe("chart.svg");
});

describe("SVG", () => {
  const pen = () => new SvgPen(100, 50, (_, text) => ({ width: text.length * 6 }) as TextMetrics);
  it("holds no markup of names", () => {
    const out = pen();
    out.fillText("<script>&\"'", 1, 2);
    expect(out.text()).not.toContain("<script>");
    expect(escapeXml("a\u0000b<")).toBe("ab&#60;");
  });
  it("draws paths with their style and clip", () => {
    const out = pen();
    out.save();
    out.beginPath();
    out.rect(0, 0, 10, 10);
    out.clip();
    out.strokeStyle = "#11223380";
    out.lineWidth = 2;
    out.beginPath();
    out.moveTo(1, 1.23456);
    out.lineTo(2, 2);
    out.stroke();
    out.restore();
    out.fillRect(0, 0, 1, 1);
    const text = out.text();
    expect(text).toContain(
      '<g clip-path="url(#clip1)"><path d="M1 1.23L2 2" fill="none" stroke="#112233" stroke-opacity="0.5"',
    );
    expect(text).toMatch(/<rect x="0" y="0" width="1" height="1" fill="#000"\/>/);
  });
});
