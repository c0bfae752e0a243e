// A small button that copies a text and says that it did.
import { useState } from "preact/hooks";
import { Button } from "./Button";

const kSaid_ms = 1200;

export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain HTTP from another machine: no clipboard, but the old way still works.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, setSaid] = useState(false);
  const copy = async (event: MouseEvent) => {
    event.stopPropagation();
    await copyText(text);
    setSaid(true);
    setTimeout(() => setSaid(false), kSaid_ms);
  };
  return <Button icon={said ? "check" : "copy"} label={label} small onClick={copy} />;
}
