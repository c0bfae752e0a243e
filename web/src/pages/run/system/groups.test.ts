// Machine metrics by device and kind.
import { describe, expect, it } from "vitest";
import type { RunKey } from "../../../api/types";
import { figuresOf, scaleOf, systemSections } from "./groups";

const key = (name: string, mean: number, max = mean, first = 0, last = 0) =>
  ({ key: name, mean, max, first, last, stream: "system" }) as RunKey;

describe("machine metrics", () => {
  it("sections and charts in a fixed order, GPUs as lines of one chart", () => {
    const sections = systemSections([
      "cpu.percent",
      "gpu.10.util_percent",
      "gpu.2.util_percent",
      "gpu.2.power_w",
      "memory.used_bytes",
      "process.memory.rss_bytes",
      "my.sensor_bytes",
      "net.sent_bytes_per_s",
    ]);
    expect(sections.map(({ name, charts }) => [name, charts.map((chart) => chart.title)])).toEqual([
      ["GPU", ["Use", "Power"]],
      ["CPU", ["Use of the machine"]],
      ["Memory", ["Memory"]],
      ["Network", ["Machine"]],
      ["Other", ["my.sensor_bytes"]],
    ]);
    expect(sections[0]?.charts[0]?.lines.map((line) => line.label)).toEqual(["GPU 2", "GPU 10"]);
    expect(sections[2]?.charts[0]?.lines.map((line) => line.label)).toEqual([
      "machine",
      "this run",
    ]);
    expect(sections[4]?.charts[0]?.unit).toBe("bytes");
  });

  it("energy by part in one chart, and no integrals of load", () => {
    const sections = systemSections(["energy.cpu_j", "energy.load_s", "energy.gpu_j"]);
    expect(sections.map(({ name }) => name)).toEqual(["Energy"]);
    expect(sections[0]?.charts.map(({ lines }) => lines.map(({ label }) => label))).toEqual([
      ["GPU", "CPU"],
    ]);
  });

  it("bytes and joules are scaled to a unit that fits", () => {
    expect(scaleOf("bytes", 3 * 1024 ** 3)).toEqual({ factor: 1024 ** -3, label: "GiB" });
    expect(scaleOf("bytes_per_s", 0)).toEqual({ factor: 1, label: "B/s" });
    expect(scaleOf("joule", 7.2e6).label).toBe("kWh");
    expect(scaleOf("percent", 50)).toEqual({ factor: 1, label: "%" });
  });

  it("figures: means, peaks, energy as the difference of the counter", () => {
    expect(
      figuresOf([
        key("gpu.0.util_percent", 80),
        key("gpu.1.util_percent", 90),
        key("gpu.0.energy_j", 0, 0, 1e9, 1e9 + 3.6e6),
        key("process.cpu.percent", 250),
      ]),
    ).toEqual([
      { label: "GPU use, mean of 2", value: "85 %" },
      { label: "GPU energy", value: "1 kWh" },
      { label: "Cores used, mean", value: "2.5" },
    ]);
    expect(figuresOf([])).toEqual([]);
  });
});
