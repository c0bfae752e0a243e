// The colours and fonts of the page, as canvases need them: read from the design tokens.
import { theme, themeColor } from "../state/theme";

export interface Palette {
  surface: string;
  text: string;
  muted: string;
  line: string;
  grid: string;
  accent: string;
  font: string;
  dark: boolean;
}

const kFont =
  '11px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** The palette now. Read inside an effect or a component it subscribes to the theme. */
export function palette(): Palette {
  return {
    surface: themeColor("--surface"),
    text: themeColor("--text"),
    muted: themeColor("--muted"),
    line: themeColor("--line"),
    grid: themeColor("--grid"),
    accent: themeColor("--accent"),
    font: kFont,
    dark: theme.value === "dark",
  };
}
