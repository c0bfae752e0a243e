// A logged table: sorted, searched, page by page; charts that were logged as tables are drawn too.
import { useMemo, useState } from "preact/hooks";
import type { Tree, Value } from "../../../api/types";
import { formatCount, formatNumber } from "../../../format";
import { saveFile } from "../../../save";
import { query, replacing } from "../../../state/url";
import { isTree, printValue } from "../../../text/tree";
import { Button, Failure, Icon, Loading, SearchBox } from "../../../ui";
import { readBlobJson } from "../blob";
import { useLoad } from "../../../state/load";
import { textOf } from "../nouns";
import { Picture } from "./Pictures";
import { fileNameOf } from "./items";
import {
  arrangeRows,
  isMedia,
  isNumeric,
  printCsv,
  readTable,
  printView,
  readView,
  type LoggedTable,
  type Order,
  type TableView,
} from "./table";
import { TableChart } from "./TableChart";

export function TableItem({ name, item }: { name: string; item: Tree }) {
  const sha256 = textOf(item["sha256"]);
  const { data, error, reload } = useLoad(sha256, async (signal) =>
    readTable(await readBlobJson(sha256, signal)),
  );
  const chart = textOf(item["chart"]);
  const [rows_shown, showRows] = useState(!chart);
  if (error !== undefined) return <Failure error={error} onRetry={reload} />;
  if (!data)
    return (
      <div class="table-waiting">
        <Loading />
      </div>
    );
  return (
    <div class="table-item">
      {chart && <TableChart name={name} item={item} table={data} />}
      {chart && (
        <button type="button" class="link" onClick={() => showRows(!rows_shown)}>
          {rows_shown ? "Hide" : "Show"} the {formatCount(data.rows.length, "row")}
        </button>
      )}
      {rows_shown && <TableRows name={name} item={item} table={data} />}
    </div>
  );
}

const kRowsAtOnce = 25;

function TableRows({ name, item, table }: { name: string; item: Tree; table: LoggedTable }) {
  const { text, order, page, set } = useView(name);
  const rows = useMemo(() => arrangeRows(table, text, order), [table, text, order]);
  const pages = Math.max(1, Math.ceil(rows.length / kRowsAtOnce));
  const at = Math.min(page, pages - 1);
  const first = at * kRowsAtOnce;
  // Down, up, and as it was logged.
  const sort = (column: number) => {
    const again = order?.column === column;
    set({ text, order: again && order.down ? undefined : { column, down: again }, page: 0 });
  };
  const save = () =>
    saveFile(fileNameOf(name, { ...item, format: "csv" }), printCsv(table.columns, rows));
  return (
    <>
      <div class="table-bar">
        <SearchBox
          value={text}
          onInput={(now) => replacing(() => set({ text: now, order, page: 0 }))}
          label={`Search ${name}`}
          placeholder="Search rows"
          class="part-search"
        />
        <span class="soft">{formatCount(rows.length, "row")}</span>
        <span class="run-space" />
        <Button small icon="download" label="Download as CSV" onClick={save} />
      </div>
      <Grid
        name={name}
        table={table}
        rows={rows.slice(first, first + kRowsAtOnce)}
        order={order}
        onSort={sort}
      />
      {pages > 1 && (
        <Pager
          page={at}
          pages={pages}
          first={first}
          rows={rows.length}
          onPage={(page) => set({ text, order, page })}
        />
      )}
    </>
  );
}

/** How a table is looked at stands in the address under its key: "rows.KEY=-COLUMN,PAGE,SEARCH". */
function useView(name: string) {
  const words = query(`rows.${name}`, [] as string[]);
  const set = (view: TableView) => (words.value = printView(view));
  return { ...readView(words.value), set };
}

interface GridProps {
  name: string;
  table: LoggedTable;
  rows: Value[][];
  order: Order | undefined;
  onSort: (column: number) => void;
}

function Grid({ name, table, rows, order, onSort }: GridProps) {
  const numeric = useMemo(
    () => table.columns.map((_, column) => isNumeric(table, column)),
    [table],
  );
  const ariaSort = (column: number) =>
    order?.column === column ? (order.down ? "descending" : "ascending") : undefined;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={name}>
      <table class="logged">
        <thead>
          <tr>
            {table.columns.map((column, index) => (
              <th key={index} class={numeric[index] ? "number" : ""} aria-sort={ariaSort(index)}>
                <button type="button" onClick={() => onSort(index)}>
                  {column}
                  {order?.column === index && (
                    <Icon name={order.down ? "arrow_down" : "arrow_up"} size={12} />
                  )}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} class={numeric[column] ? "number" : ""}>
                  <Cell cell={cell} name={table.columns[column] ?? ""} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="soft table-none">No row fits.</p>}
    </div>
  );
}

interface PagerProps {
  page: number;
  pages: number;
  first: number;
  rows: number;
  onPage: (page: number) => void;
}

function Pager({ page, pages, first, rows, onPage }: PagerProps) {
  return (
    <div class="pager">
      <Button
        small
        icon="chevron_left"
        label="Page before"
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      />
      <Button
        small
        icon="chevron_right"
        label="Next page"
        disabled={page === pages - 1}
        onClick={() => onPage(page + 1)}
      />
      <span class="soft">
        {formatNumber(first + 1)}–{formatNumber(Math.min(rows, first + kRowsAtOnce))} of{" "}
        {formatNumber(rows)}
      </span>
    </div>
  );
}

const kCellCharsMax = 400;

function Cell({ cell, name }: { cell: Value; name: string }) {
  if (cell === null) return <span class="faint">–</span>;
  if (typeof cell === "number") return <span title={String(cell)}>{formatNumber(cell)}</span>;
  if (isMedia(cell) && isTree(cell) && cell["type"] === "image")
    return <Picture item={cell} name={name} />;
  if (isMedia(cell) && isTree(cell)) return <span class="soft">{textOf(cell["type"])}</span>;
  const text = printValue(cell);
  return <span title={text.length > 40 ? text : undefined}>{text.slice(0, kCellCharsMax)}</span>;
}
