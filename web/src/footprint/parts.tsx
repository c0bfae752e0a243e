// What every view of a footprint is made of: amounts with their range, badges of method, its parts.
import type { Footprint, Method, PartEnergy } from "../api/footprint";
import { energyOf, kMethods, methodShares, partName, printShare, type Amount } from "./quantity";
import "./footprint.css";

export function AmountText({ amount: { value, unit, range } }: { amount: Amount }) {
  return (
    <>
      {value} <small>{unit}</small>
      {range && <span class="footprint-range">{range}</span>}
    </>
  );
}

export function MethodBadge({ method }: { method: Method }) {
  return (
    <span class={`footprint-method ${method}`} data-tip={kMethods[method]}>
      {method}
    </span>
  );
}

/** How much of the energy was measured, as a bar with its words. */
export function MethodBar({ parts }: { parts: readonly PartEnergy[] }) {
  const shares = [...methodShares(parts)];
  if (shares.length === 0) return null;
  return (
    <div class="footprint-methods">
      <div class="footprint-bar" aria-hidden="true">
        {shares.map(([method, share]) => (
          <i key={method} class={method} style={{ width: `${share * 100}%` }} />
        ))}
      </div>
      <span>
        {shares.map(([method, share]) => (
          <span key={method} class={`footprint-key ${method}`} data-tip={kMethods[method]}>
            {printShare(share)} {method}
          </span>
        ))}
      </span>
    </div>
  );
}

export function Parts({ footprint }: { footprint: Footprint }) {
  const { parts, it_kwh, pue, energy_kwh } = footprint;
  const row = (name: string, amount: Amount, method: Method, source: string, odd?: boolean) => (
    <tr>
      <td>{name}</td>
      <td class="number">
        <AmountText amount={amount} />
      </td>
      <td>
        <MethodBadge method={method} />
      </td>
      <td class="soft">
        {source}
        {odd && (
          <span class="chip warn" data-tip="Two ways of this sensor differ by more than 5 %">
            disputed
          </span>
        )}
      </td>
    </tr>
  );
  const added = energy_kwh.value - it_kwh.value;
  return (
    <table class="footprint-parts">
      <tbody>
        {parts.map(({ part, device, kwh, source, is_disputed }) =>
          row(
            [partName(part), device].filter(Boolean).join(", "),
            energyOf(kwh),
            kwh.method,
            source,
            is_disputed,
          ),
        )}
        {pue.value >= 1.005 &&
          row(
            "Data centre",
            energyOf({ ...energy_kwh, value: added, low: added, high: added }),
            pue.method,
            `PUE ${pue.value}`,
          )}
      </tbody>
    </table>
  );
}

/** What the reader must know, and where the numbers came from. */
export function Remarks({ notes, sources }: Pick<Footprint, "notes" | "sources">) {
  return (
    <>
      {notes.length > 0 && (
        <ul class="footprint-notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {sources.length > 0 && <p class="footprint-sources">Sources: {sources.join("; ")}</p>}
    </>
  );
}
