// A document of the server: headings, facts, tables and figures.
import type { Block, Facts, ReportDocument, TextTable } from "../../api/report";
import { FigureView } from "./FigureView";
import type { Asked } from "./load";

export interface DocumentViewProps {
  of: ReportDocument;
  asked: Asked;
}

export function DocumentView({ of, asked }: DocumentViewProps) {
  return (
    <article class="report-paper">
      <h1>{of.title}</h1>
      <p class="muted">{of.subtitle}</p>
      {of.sections.map(({ title, blocks }) => (
        <section key={title} aria-label={title}>
          <h2>{title}</h2>
          {blocks.map((block, i) => (
            <BlockView key={i} block={block} asked={asked} />
          ))}
        </section>
      ))}
      <p class="report-aside">{of.footer}</p>
    </article>
  );
}

function BlockView({ block, asked }: { block: Block; asked: Asked }) {
  switch (block.kind) {
    case "facts":
      return <FactsView {...block} />;
    case "table":
      return <TableView {...block} />;
    case "figure":
      return <FigureView figure={block} asked={asked} />;
    default:
      return <p class={block.is_aside ? "report-aside" : undefined}>{block.text}</p>;
  }
}

function FactsView({ facts }: Facts) {
  return (
    <dl class="report-facts">
      {facts.map(({ label, value, beside }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
          {beside && <dd>{beside}</dd>}
        </div>
      ))}
    </dl>
  );
}

function TableView({ caption, columns, rows }: TextTable) {
  const classes = columns.map(({ align, is_wide }) =>
    align === "right" ? "number" : is_wide ? "wide" : undefined,
  );
  return (
    <div class="report-table">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title }, i) => (
              <th key={i} scope="col" class={classes[i]}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, k) => (
                <td key={k} class={classes[k]}>
                  {isUnknown(cell) ? <span class="muted">{cell}</span> : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What nobody recorded stands back behind what is known. */
export function isUnknown(cell: string): boolean {
  return cell === "unknown" || cell.startsWith("not recorded");
}
