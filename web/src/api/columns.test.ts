// The binary answer of /series: read where it lies, refused when it is damaged.
import { describe, expect, it } from "vitest";
import { decodeColumns, numbers } from "./columns";

interface Given {
  name: string;
  type: string;
  values: number[];
}

/** A body as core/server/columns.cc writes it. */
function body(columns: Given[], version = 1, missing: unknown[] = []): ArrayBuffer {
  let offset = 0;
  const parts: [number, Uint8Array][] = [];
  const described = columns.map(({ name, type, values }) => {
    const kinds: Record<
      string,
      () => Float64Array | Float32Array | Uint32Array | BigInt64Array | Uint8Array
    > = {
      f64: () => Float64Array.from(values),
      f32: () => Float32Array.from(values),
      u32: () => Uint32Array.from(values),
      i64: () => BigInt64Array.from(values.map(BigInt)),
      u8: () => Uint8Array.from(values),
    };
    const array = kinds[type]?.();
    if (!array) throw new Error(type);
    const at = offset;
    parts.push([at, new Uint8Array(array.buffer)]);
    offset += Math.ceil(array.byteLength / 8) * 8;
    return { name, type, offset: at, count: values.length };
  });
  const series = [{ run: "r", key: "loss", exact: true, columns: described }];
  let json = JSON.stringify({ series, missing });
  json += " ".repeat((8 - (json.length % 8)) % 8);
  const bytes = new Uint8Array(16 + json.length + offset);
  const head = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("CCOL"));
  head.setUint32(4, version, true);
  head.setUint32(8, json.length, true);
  bytes.set(new TextEncoder().encode(json), 16);
  for (const [at, part] of parts) bytes.set(part, 16 + json.length + at);
  return bytes.buffer;
}

describe("decodeColumns", () => {
  it("reads every type, NaN and infinities too", () => {
    const answer = decodeColumns(
      body([
        { name: "step", type: "i64", values: [1, 2, 3] },
        { name: "value", type: "f64", values: [0.5, NaN, Infinity] },
        { name: "mean", type: "f32", values: [1, 2, 3] },
        { name: "count", type: "u32", values: [7, 8, 9] },
      ]),
    );
    const columns = answer.series[0]?.columns ?? {};
    expect(columns["step"]).toEqual(BigInt64Array.from([1n, 2n, 3n]));
    expect(columns["value"]).toEqual(Float64Array.from([0.5, NaN, Infinity]));
    expect(columns["mean"]).toEqual(Float32Array.from([1, 2, 3]));
    expect(columns["count"]).toEqual(Uint32Array.from([7, 8, 9]));
  });

  it("copies nothing", () => {
    const bytes = body([{ name: "x", type: "f64", values: [1] }]);
    expect(decodeColumns(bytes).series[0]?.columns["x"]?.buffer).toBe(bytes);
  });

  it("steps over types of a newer writer", () => {
    const bytes = body([
      { name: "new", type: "u8", values: [1] },
      { name: "x", type: "f64", values: [1] },
    ]);
    expect(Object.keys(decodeColumns(bytes).series[0]?.columns ?? {})).toEqual(["x"]);
  });

  it("names what is missing", () => {
    const missing = [{ run: "r", key: "nothing" }];
    expect(decodeColumns(body([], 1, missing)).missing).toEqual(missing);
  });

  it("refuses what it does not know or what is cut off", () => {
    const whole = body([{ name: "x", type: "f64", values: [1, 2] }]);
    expect(() => decodeColumns(body([], 2))).toThrow("version 1, found 2");
    expect(() => decodeColumns(new ArrayBuffer(8))).toThrow("end before their head");
    expect(() => decodeColumns(new ArrayBuffer(32))).toThrow("no columns of Cairn");
    expect(() => decodeColumns(whole.slice(0, 24))).toThrow("within their JSON");
    expect(() => decodeColumns(whole.slice(0, -8))).toThrow("column x lies outside");
  });

  it("gives numbers of any column", () => {
    expect(numbers(BigInt64Array.from([1n, 2n]))).toEqual(Float64Array.from([1, 2]));
    expect(numbers(undefined)).toHaveLength(0);
  });
});
