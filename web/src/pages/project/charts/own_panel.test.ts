// Panels that the user added, as text of the address.
import { expect, it } from "vitest";
import {
  blankOf,
  freshId,
  isWhole,
  kTypes,
  printPanel,
  readPanel,
  readPanels,
  titleOf,
  type PanelSpec,
} from "./own_panel";

const whole: PanelSpec[] = [
  { type: "lines", keys: ["train/loss", "a b:c,d=e"] },
  { type: "scatter", x: "config.lr", y: "val/acc", shade: "", running: "max" },
  { type: "bar", value: "val/acc" },
  { type: "box", value: "val/acc", by: "config.optimizer" },
  { type: "parallel", columns: ["config.lr", "config.a b", "val/acc"] },
  { type: "heat", x: "config.lr", y: "config.layers", value: "val/acc", pick: "max" },
  { type: "histogram", value: "val/acc" },
];

it("panels go through the address unchanged", () => {
  for (const spec of whole) expect(readPanel(printPanel("p3", spec))).toEqual({ id: "p3", spec });
});

it("a broken address gives no panel, or one without its broken parts", () => {
  expect(readPanel("")).toBeNull();
  expect(readPanel("p1 spiral x=1")).toBeNull();
  expect(readPanel("p1 bar type=scatter value=%E0%A4%A nonsense")).toEqual({
    id: "p1",
    spec: { type: "bar", value: "%E0%A4%A" },
  });
});

it("every type begins blank and is titled by what it shows", () => {
  for (const type of Object.keys(kTypes) as PanelSpec["type"][])
    expect(isWhole(blankOf(type))).toBe(false);
  for (const spec of whole) expect(isWhole(spec)).toBe(true);
  expect(titleOf(whole[1]!)).toBe("val/acc against lr");
});

it("ids are not given twice", () => {
  expect(freshId(readPanels(["p1 bar value=a", "p3 bar value=b"]))).toBe("p2");
});
