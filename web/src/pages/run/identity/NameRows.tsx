// Names and what belongs to each: what fits a search, a long list cut until all of it is wanted.
import { useState } from "preact/hooks";
import { formatNumber } from "../../../format";
import type { Item } from "./recall";

const kMoreAtOnce = 2000;

export function fits({ name, detail }: Item, text: string): boolean {
  return `${name} ${detail}`.toLowerCase().includes(text.trim().toLowerCase());
}

// A long path is cut in its folder, never in its name.
const folderOf = (name: string) => name.slice(0, name.lastIndexOf("/") + 1);

export function NameRows({ items, few }: { items: Item[]; few: number }) {
  const [most, setMost] = useState(few);
  const more = items.length - most;
  return (
    <>
      <dl class="names">
        {items.slice(0, most).map(({ name, detail, tip }, index) => (
          <div key={index}>
            <dt title={tip ? `${name}\n${tip}` : name}>
              <span>{folderOf(name)}</span>
              {name.slice(folderOf(name).length)}
            </dt>
            <dd title={detail}>{detail}</dd>
          </div>
        ))}
      </dl>
      {more > 0 && (
        <button type="button" class="link" onClick={() => setMost(most + kMoreAtOnce)}>
          Show {more > kMoreAtOnce ? "more of" : "all"} {formatNumber(items.length)}
        </button>
      )}
    </>
  );
}
