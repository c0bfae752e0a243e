// What the numbers rest on, and what to doubt: notes, sources, and the tables with their licences.
import { useState } from "preact/hooks";
import type { Footprint } from "../../api/footprint";
import { Remarks } from "../../footprint/parts";
import { formatDuration } from "../../format";
import { Fold } from "../../ui";
import { useTables } from "./load";

export function Grounds({ lost_s, notes, sources }: Footprint) {
  const [open, setOpen] = useState(false);
  const { data } = useTables();
  const doubts = [
    ...notes,
    ...(lost_s > 1 ? [`${formatDuration(lost_s)} in all were not watched`] : []),
    ...(data?.problem ? [`The tables of this store are not in use: ${data.problem}`] : []),
  ];
  return (
    <section class="part" aria-label="What the numbers rest on">
      <Remarks notes={doubts} sources={sources} />
      {data && (
        <h2 class="footprint-fold">
          <Fold open={open} onTurn={setOpen}>
            Tables in use <small>{data.tables.length}</small>
          </Fold>
        </h2>
      )}
      {open && data && (
        <table class="footprint-table">
          <thead>
            <tr>
              <th>Table</th>
              <th>Years</th>
              <th>Released</th>
              <th class="number">Rows</th>
              <th>Source</th>
              <th>Licence</th>
            </tr>
          </thead>
          <tbody>
            {data.tables.map(({ name, title, source, licence, years, release, rows }) => (
              <tr key={name}>
                <td title={name}>{title}</td>
                <td>{years}</td>
                <td>{release}</td>
                <td class="number">{rows}</td>
                <td class="footprint-wide" title={source}>
                  {source}
                </td>
                <td>{licence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
