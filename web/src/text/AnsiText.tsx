// One line of console text: its colours, and what a search found in it.
import type { JSX } from "preact";
import { cssColor, markSpans, parseAnsi, type AnsiColor, type AnsiStyle, type Range } from "./ansi";
import "./text.css";

export interface AnsiTextProps {
  text: string;
  /** Stretches of the plain text to mark. */
  ranges?: Range[];
}

const kNoRanges: Range[] = [];

export function AnsiText({ text, ranges = kNoRanges }: AnsiTextProps) {
  const spans = markSpans(parseAnsi(text), ranges);
  return (
    <>
      {spans.map((span, index) => {
        const { names, style } = look(span.style);
        if (span.mark >= 0) return <mark key={index}>{span.text}</mark>;
        if (!names && !style) return span.text;
        return (
          <span key={index} class={names} style={style}>
            {span.text}
          </span>
        );
      })}
    </>
  );
}

const kFlags = ["bold", "dim", "italic", "underline", "strike"] as const;

/** Class names for what the theme decides, CSS for colours that the program chose itself. */
function look(style: AnsiStyle): { names: string; style: JSX.CSSProperties | undefined } {
  const names: string[] = kFlags.filter((flag) => style[flag]).map((flag) => `a-${flag}`);
  let { fg, bg } = style;
  if (style.inverse) {
    [fg, bg] = [bg, fg];
    if (fg === undefined) names.push("a-inverse-fg");
    if (bg === undefined) names.push("a-inverse-bg");
  }
  const css: JSX.CSSProperties = {};
  paint(fg, "fg", names, (color) => {
    // On a ground of its own it is as the program chose it, on ours it must be readable.
    if (bg !== undefined || style.inverse) return void (css.color = color);
    names.push("a-own");
    css["--own"] = color;
  });
  paint(bg, "bg", names, (color) => (css.backgroundColor = color));
  return { names: names.join(" "), style: Object.keys(css).length ? css : undefined };
}

function paint(
  color: AnsiColor | undefined,
  side: "fg" | "bg",
  names: string[],
  set: (color: string) => void,
): void {
  if (color === undefined) return;
  const own = cssColor(color);
  if (own) set(own);
  else names.push(`a-${side}${color}`);
}
