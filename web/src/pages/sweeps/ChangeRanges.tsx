// Changes what a living sweep may choose from, and what it may use; trials keep what they were.
import { useState } from "preact/hooks";
import { api, messageOf, path } from "../../api/client";
import type { Definition, ParameterDocument, Sweep } from "../../api/sweeps";
import { Button, Dialog, toast } from "../../ui";
import { printJson, readJson } from "./AddPoint";

interface Props {
  sweep: Sweep;
  onChange: (sweep: Sweep) => void;
  onClose: () => void;
}

const kBudgets = {
  trials: "trials",
  hours: "hours",
  kwh: "kWh",
  gco2e: "g CO₂e",
  money: "money",
} as const;

const kUnits = Object.keys(kBudgets) as (keyof typeof kBudgets)[];

/** What a form holds: texts by the path of what they change. */
type Texts = Record<string, string>;

export function ChangeRanges({ sweep, onChange, onClose }: Props) {
  const parameters = Object.entries(sweep.definition.parameters ?? {}).filter(
    ([, { value }]) => value === undefined,
  );
  const [texts, setTexts] = useState<Texts>({});
  const [error, setError] = useState<string | null>(null);
  const save = async () => {
    const definition = changesOf(sweep.definition, texts);
    if (!definition) return onClose();
    try {
      onChange(await api.patch<Sweep>(path`/sweeps/${sweep.id}`, { definition }));
      toast("Changed; trials that come next follow it");
      onClose();
    } catch (reason) {
      setError(messageOf(reason));
    }
  };
  const field = (key: string, value: string, label: string) => (
    <input
      class="input"
      aria-label={label}
      value={texts[key] ?? value}
      onInput={(event) => setTexts({ ...texts, [key]: event.currentTarget.value })}
    />
  );
  return (
    <Dialog
      title="Change the sweep"
      onClose={onClose}
      wide
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" onClick={() => void save()}>
            Change
          </Button>
        </>
      }
    >
      <form
        class="sweep-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="sweep-range">
          <h3>Settings</h3>
          <small>least</small>
          <small>most</small>
        </div>
        {parameters.map(([name, document]) => (
          <div key={name} class="sweep-range">
            <span>{name}</span>
            {document.values ? (
              field(`${name}\nvalues`, document.values.map(printJson).join(", "), `${name} values`)
            ) : document.min !== undefined ? (
              <>
                {field(`${name}\nmin`, printJson(document.min), `${name} min`)}
                {field(`${name}\nmax`, printJson(document.max ?? null), `${name} max`)}
              </>
            ) : (
              <small>{document.distribution}</small>
            )}
          </div>
        ))}
        <h3>Budget</h3>
        {kUnits.map((unit) => (
          <div key={unit} class="sweep-range">
            <span>{kBudgets[unit]}</span>
            {field(`\n${unit}`, String(sweep.budget[unit] ?? ""), kBudgets[unit])}
          </div>
        ))}
        {error && (
          <p class="sweep-reason bad" role="alert">
            {error}
          </p>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

/** What the texts change of a definition, as PATCH takes it; null where they change nothing. */
export function changesOf(definition: Definition, texts: Texts): Definition | null {
  const parameters: Record<string, ParameterDocument> = {};
  const budget: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(texts)) {
    const cut = key.indexOf("\n");
    const [name, part] = [key.slice(0, cut), key.slice(cut + 1)];
    if (name === "") {
      budget[part] = text.trim() === "" ? null : readJson(text.trim());
      continue;
    }
    const document = (parameters[name] ??= { ...definition.parameters?.[name] });
    const read = (item: string) => readJson(item.trim());
    const value = part === "values" ? text.split(",").map(read) : read(text);
    Object.assign(document, { [part]: value });
  }
  const change: Record<string, unknown> = {};
  if (Object.keys(parameters).length > 0) change.parameters = parameters;
  if (Object.keys(budget).length > 0) change.budget = budget;
  return Object.keys(change).length > 0 ? change : null;
}
