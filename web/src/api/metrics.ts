// Metrics that runs may be judged by, and which way is better.
import type { Column } from "./types";

export type Goal = "maximize" | "minimize";

const kMore =
  /(acc|accuracy|f1|auc|auroc|map|bleu|rouge|score|reward|return|precision|recall|iou)/i;
const kLess = /(loss|err|error|ppl|perplexity|wer|cer|rmse|mae|mse|nll|fid)/i;

export function goalOf(metric: string): Goal {
  return kLess.test(metric) && !kMore.test(metric) ? "minimize" : "maximize";
}

/** The keys of summaries that runs may be judged by: what looks like a result first. */
export function metricsOf(columns: readonly Column[]): string[] {
  const worth = (name: string) => (kMore.test(name) ? 2 : kLess.test(name) ? 1 : 0);
  return columns
    .filter(({ name, type }) => name.startsWith("summary.") && (type === "int" || type === "float"))
    .filter(({ name }) => !name.startsWith("summary.footprint."))
    .sort((a, b) => worth(b.name) - worth(a.name) || b.count - a.count)
    .map(({ name }) => name.replace(/^summary\./, ""));
}
