// A configuration of the user's own, tried next.
import { useState } from "preact/hooks";
import { api, messageOf, path } from "../../api/client";
import type { ParameterDocument, Parameters, Sweep, Trial } from "../../api/sweeps";
import type { Value } from "../../api/types";
import { Button, Dialog, toast } from "../../ui";
import { choicesOf, textOf, varied } from "./trials";

const kDigits = 4;

interface Props {
  sweep: Sweep;
  trials: readonly Trial[];
  onClose: () => void;
}

export function AddPoint({ sweep, trials, onClose }: Props) {
  const documents = varied(sweep);
  const begin = sweep.best?.params ?? trials[trials.length - 1]?.params ?? {};
  const [texts, setTexts] = useState(() => textsOf(documents, begin));
  const [error, setError] = useState<string | null>(null);
  const add = async () => {
    try {
      const params = readParams(documents, texts);
      const body = { trials: [{ params }] };
      const answer = await api.post<{ trials: Trial[] }>(path`/sweeps/${sweep.id}/trials`, body);
      toast(`Trial ${answer.trials[0]!.number} is tried next`);
      onClose();
    } catch (reason) {
      setError(messageOf(reason));
    }
  };
  const write = (name: string, text: string) => setTexts({ ...texts, [name]: text });
  return (
    <Dialog
      title="Try this next"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" onClick={() => void add()}>
            Add
          </Button>
        </>
      }
    >
      <form
        class="sweep-form"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        {[...documents].map(([name, document], i) => (
          <label key={name}>
            <span>{name}</span>
            <Field
              document={document}
              value={texts[name] ?? ""}
              first={i === 0}
              onInput={(text) => write(name, text)}
            />
            <small>{rangeOf(document)}</small>
          </label>
        ))}
        <p class="soft">Leave out what is inactive with the other settings.</p>
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

interface FieldProps {
  document: ParameterDocument;
  value: string;
  first: boolean;
  onInput: (text: string) => void;
}

function Field({ document, value, first, onInput }: FieldProps) {
  const choices = choicesOf(document);
  const shared = { class: "input", value, autofocus: first };
  if (!choices)
    return <input {...shared} onInput={(event) => onInput(event.currentTarget.value)} />;
  return (
    <select {...shared} onChange={(event) => onInput(event.currentTarget.value)}>
      <option value="">–</option>
      {choices.map((each) => (
        <option key={printJson(each)} value={printJson(each)}>
          {textOf(each)}
        </option>
      ))}
    </select>
  );
}

/** As it is typed: texts without quotes. */
export function printJson(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function textsOf(documents: ReadonlyMap<string, ParameterDocument>, params: Parameters) {
  const texts: Record<string, string> = {};
  for (const name of documents.keys()) {
    const value = params[name];
    texts[name] = value === undefined || value === null ? "" : printJson(rounded(value));
  }
  return texts;
}

/** Nobody goes on from a number of 17 digits. */
function rounded(value: Value): Value {
  return typeof value === "number" && !Number.isInteger(value)
    ? Number(value.toPrecision(kDigits))
    : value;
}

/** What was typed, as values: one of the choices, else JSON, else text. Empty: inactive. */
function readParams(
  documents: ReadonlyMap<string, ParameterDocument>,
  texts: Record<string, string>,
): Parameters {
  const params: Parameters = {};
  for (const [name, document] of documents) {
    const text = (texts[name] ?? "").trim();
    if (text === "") continue;
    const choice = choicesOf(document)?.find((value) => printJson(value) === text);
    params[name] = choice ?? readJson(text);
  }
  return params;
}

export function readJson(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}

function rangeOf({ type, min, max, values, distribution }: ParameterDocument): string {
  if (min !== undefined && max !== undefined) return `${textOf(min)} to ${textOf(max)}`;
  return (values ? type : distribution) ?? "";
}
