// Which summaries are results, and which way is better.
import { describe, expect, it } from "vitest";
import { goalOf, metricsOf } from "./metrics";

describe("metrics", () => {
  it("are offered with what looks like one first, and no footprint among them", () => {
    const column = (name: string, count = 1, type: "float" | "text" = "float") => ({
      name,
      type,
      count,
    });
    const columns = [
      column("config.accuracy"),
      column("summary.epoch", 9),
      column("summary.loss", 9),
      column("summary.val_acc", 2),
      column("summary.note", 9, "text"),
      column("summary.footprint.kwh", 9),
    ];
    expect(metricsOf(columns)).toEqual(["val_acc", "loss", "epoch"]);
  });

  it("are better when more, but for errors and losses", () => {
    expect(goalOf("val_acc")).toBe("maximize");
    expect(goalOf("eval/loss")).toBe("minimize");
  });
});
