// Series as arrays of numbers, used where they lie (docs/formats/columns.md).

export type ColumnArray = Float64Array | Float32Array | BigInt64Array | Uint32Array;

export interface Series {
  run: string;
  key: string;
  exact: boolean;
  columns: Record<string, ColumnArray>;
}

export interface Columns {
  series: Series[];
  missing: Missing[];
}

/** Asked for, but there is nothing to show; the reason is a sentence for people. */
export interface Missing {
  run: string;
  key: string;
  reason?: string;
}

interface Header {
  series: {
    run: string;
    key: string;
    exact: boolean;
    columns: { name: string; type: string; offset: number; count: number }[];
  }[];
  missing?: Missing[];
}

const kMagic = 0x4c4f4343; // "CCOL"
const kVersion = 1;
const kHeadBytes = 16;

const kArrays: Record<
  string,
  { bytes: number; view: (bytes: ArrayBuffer, at: number, count: number) => ColumnArray }
> = {
  f64: { bytes: 8, view: (bytes, at, count) => new Float64Array(bytes, at, count) },
  f32: { bytes: 4, view: (bytes, at, count) => new Float32Array(bytes, at, count) },
  i64: { bytes: 8, view: (bytes, at, count) => new BigInt64Array(bytes, at, count) },
  u32: { bytes: 4, view: (bytes, at, count) => new Uint32Array(bytes, at, count) },
};

/** Reads the answer of /series or /bands without a copy. Throws on damage and unknown versions. */
export function decodeColumns(body: ArrayBuffer): Columns {
  if (body.byteLength < kHeadBytes) throw new Error("the columns end before their head");
  const head = new DataView(body);
  if (head.getUint32(0, true) !== kMagic) throw new Error("these are no columns of Cairn");
  const version = head.getUint32(4, true);
  if (version !== kVersion)
    throw new Error(`expected columns of version ${kVersion}, found ${version}; reload the page`);
  const arrays_at = kHeadBytes + head.getUint32(8, true);
  if (arrays_at > body.byteLength || arrays_at % 8 !== 0)
    throw new Error("the columns end within their JSON");
  const text = new TextDecoder().decode(new Uint8Array(body, kHeadBytes, arrays_at - kHeadBytes));
  const { series, missing = [] } = JSON.parse(text) as Header;
  return {
    series: series.map(({ run, key, exact, columns }) => ({
      run,
      key,
      exact,
      columns: decodeArrays(body, arrays_at, columns),
    })),
    missing,
  };
}

function decodeArrays(
  body: ArrayBuffer,
  arrays_at: number,
  columns: Header["series"][number]["columns"],
): Record<string, ColumnArray> {
  const arrays: Record<string, ColumnArray> = {};
  for (const { name, type, offset, count } of columns) {
    const kind = kArrays[type];
    if (!kind) continue; // a newer writer's column
    const at = arrays_at + offset;
    if (offset % 8 !== 0 || at + count * kind.bytes > body.byteLength)
      throw new Error(`column ${name} lies outside of its body`);
    arrays[name] = kind.view(body, at, count);
  }
  return arrays;
}

/** The column as numbers that a chart can draw; int64 loses what a double cannot hold. */
export function numbers(column: ColumnArray | undefined): Float64Array {
  if (!column) return new Float64Array(0);
  if (column instanceof Float64Array) return column;
  return Float64Array.from(column as ArrayLike<number | bigint>, Number);
}
