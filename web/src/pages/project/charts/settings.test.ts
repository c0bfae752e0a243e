// Settings of charts, as text of the address.
import { describe, expect, it } from "vitest";
import {
  kDefaults,
  merge,
  printNamed,
  printSettings,
  readNamed,
  readSettings,
  without,
  type Overrides,
} from "./settings";

describe("settings", () => {
  it("go through the address unchanged", () => {
    const all: Overrides = {
      x: "metric",
      x_key: "train/epoch;a=b|c,~",
      x_log: true,
      y_log: true,
      y_min: -0.5,
      y_max: 3,
      smooth: "gaussian",
      amount: 2.5,
      original: false,
      clip: true,
      band: "stderr",
      envelope: false,
      runs_most: 20,
      range: { min: -1.5, max: 2e9 },
    };
    expect(readSettings(printSettings(all))).toEqual(all);
  });
  it("keep what was switched back on", () => {
    expect(readSettings(printSettings({ y_log: false, range: null }))).toEqual({
      y_log: false,
      range: null,
    });
  });
  it("read from a broken address are those that can be read", () => {
    expect(readSettings("x=nonsense;sa=many;yl=1;zz=3")).toEqual({
      x: "step",
      amount: 0,
      y_log: true,
    });
    expect(readSettings("r=5:1")).toEqual({ range: null });
    expect(readSettings("")).toEqual({});
  });
  it("override one another: all, section, chart", () => {
    const merged = merge({ y_log: true, amount: 1 }, { amount: 2 }, { y_log: false });
    expect(merged).toEqual({ ...kDefaults, y_log: false, amount: 2 });
  });
  it("say only what differs from what they override", () => {
    expect(without({ y_log: true, clip: false }, kDefaults)).toEqual({ y_log: true });
  });
  it("of sections and charts are kept by name, whatever is in it", () => {
    const named = new Map<string, Overrides>([
      ["train", { y_log: true }],
      ["a|b;c=d", { clip: true }],
      ["none", {}],
    ]);
    const back = readNamed(printNamed(named));
    expect([...back]).toEqual([
      ["train", { y_log: true }],
      ["a|b;c=d", { clip: true }],
    ]);
  });
});
