// The filter of the project page: completion as one types, and the place of a mistake.
import { useRef } from "preact/hooks";
import { completeFilter } from "../../filter/complete";
import { pointAt } from "../../filter/error";
import { SearchBox, useCommands } from "../../ui";
import type { ProjectState } from "./state";

export function FilterBox({ state }: { state: ProjectState }) {
  const input = useRef<HTMLInputElement | null>(null);
  useCommands([
    {
      label: "Filter runs",
      keys: "/",
      group: "Runs",
      run: () => {
        input.current?.focus();
        input.current?.select();
      },
    },
  ]);
  // Values that arrive while the box is open are offered at once.
  void state.values_version.value;
  const { filter, filter_error: error } = state;
  const complete = (text: string, caret: number) =>
    completeFilter(text, caret, {
      columns: state.columns.peek(),
      valuesOf: (field) => state.valuesOf(field),
    });
  return (
    <SearchBox
      class="filter-box"
      icon="filter"
      mono
      label="Filter runs"
      placeholder="Filter: summary.loss < 0.3 and state = finished"
      value={filter.value}
      inputRef={(element) => (input.current = element)}
      complete={complete}
      refresh={state.values_version.value}
      onInput={() => (state.filter_error.value = null)}
      onCommit={(text) => (filter.value = text.trim())}
      error={
        error.value && (
          <>
            {error.value.sentence}
            {error.value.at !== null && <pre>{pointAt(filter.value, error.value.at)}</pre>}
          </>
        )
      }
    />
  );
}
