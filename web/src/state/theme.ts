// Light or dark: as the system says, unless the user chose.
import { computed, effect, signal } from "@preact/signals";
import { kept } from "./kept";

export type Choice = "system" | "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");
const system_dark = signal(system.matches);
system.addEventListener("change", () => (system_dark.value = system.matches));

export const choice = kept<Choice>("theme", "system");

/** What is shown now. Charts read colours of tokens after it changed: themeColor(). */
export const theme = computed<"light" | "dark">(() =>
  choice.value === "system" ? (system_dark.value ? "dark" : "light") : choice.value,
);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

export function toggleTheme(): void {
  choice.value = theme.value === "dark" ? "light" : "dark";
}

/** The value of a design token now, for canvases: themeColor("--text"). Subscribes to the theme. */
export function themeColor(token: string): string {
  void theme.value;
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}
