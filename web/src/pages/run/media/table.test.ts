// Logged tables: cells, types, order.
import { describe, expect, it } from "vitest";
import { arrangeRows, isMedia, isNumeric, printCsv, printView, readTable, readView } from "./table";

const table = readTable({
  columns: ["id", "label", 3],
  data: [
    [10, "b", null],
    [9, "a10", NaN],
    [2, "a9", { type: "image", sha256: "x" }],
    [1],
    "nonsense",
  ],
});

describe("logged tables", () => {
  it("rows are cut and filled to the columns", () => {
    expect(table.columns).toEqual(["id", "label", "3"]);
    expect(table.rows[3]).toEqual([1, null, null]);
    expect(table.rows[4]).toEqual(["nonsense", null, null]);
  });

  it("what is no table is refused with a sentence", () => {
    for (const bad of [null, 3, {}, { columns: ["a"] }, { columns: "a", data: [] }])
      expect(() => readTable(bad)).toThrow(/expected a table/);
  });

  it("numbers are ordered as numbers, texts as people count, absent cells last both ways", () => {
    const ids = (column: number, down: boolean) =>
      arrangeRows(table, "", { column, down }).map((row) => row[0]);
    expect(ids(0, false)).toEqual([1, 2, 9, 10, "nonsense"]);
    expect(ids(1, false)).toEqual([2, 9, 10, 1, "nonsense"]);
    expect(ids(1, true)).toEqual([10, 9, 2, 1, "nonsense"]);
  });

  it("a search looks into every cell", () => {
    expect(arrangeRows(table, "A1", undefined).map((row) => row[0])).toEqual([9]);
    expect(arrangeRows(table, "", undefined)).toBe(table.rows);
  });

  it("numeric columns and media cells are known", () => {
    expect([0, 1, 2].map((column) => isNumeric(table, column))).toEqual([false, false, false]);
    expect(isNumeric(readTable({ columns: ["x"], data: [[1], [null]] }), 0)).toBe(true);
    expect(isMedia({ type: "image", sha256: "x" })).toBe(true);
    expect(isMedia({ type: "image" })).toBe(false);
  });

  it("CSV keeps commas, quotes and lines, and runs nothing in a spreadsheet", () => {
    expect(
      printCsv(
        ["a,b", 'q"'],
        [
          ["x\ny", null],
          ["=1+1", -1],
        ],
      ),
    ).toBe('"a,b","q"""\r\n"x\ny",\r\n\'=1+1,-1\r\n');
  });

  it.each([
    [[], { text: "", order: undefined, page: 0 }],
    [["3"], { text: "", order: { column: 2, down: false }, page: 0 }],
    [["-1", "2"], { text: "", order: { column: 0, down: true }, page: 1 }],
    [["", "", "ship"], { text: "ship", order: undefined, page: 0 }],
  ])("are looked at as %j in the address says", (words, view) => {
    expect(readView(words)).toEqual(view);
    expect(printView(view)).toEqual(words);
  });

  it("are shown from the start where the address says nonsense", () => {
    expect(readView(["x", "-4"])).toEqual({ text: "", order: undefined, page: 0 });
  });
});
