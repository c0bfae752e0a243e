// The search of a part of a run; its text stands in the address.
import { query, replacing } from "../../state/url";
import { SearchBox } from "../../ui";

export const findText = () => query("find", "");

export function FindBox({ label }: { label: string }) {
  const text = findText();
  return (
    <SearchBox
      value={text.value}
      onInput={(now) => replacing(() => (text.value = now))}
      label={label}
      placeholder={label}
      class="part-search"
    />
  );
}
