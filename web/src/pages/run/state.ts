// What several parts of the run page share.
import { signal } from "@preact/signals";

/** The console of the run that is shown, as the server told last. `round` grows with every word. */
export const consoleCount = signal({ run: "", count: 0, round: 0 });
