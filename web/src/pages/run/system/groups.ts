// The machine's metrics in an order people look for: sections, charts, lines with short names.
import type { RunKey } from "../../../api/types";
import { formatBytes, formatNumber } from "../../../format";

/** What the values are; the chart scales bytes and joules to a unit that fits. */
export type Unit =
  "percent" | "bytes" | "bytes_per_s" | "watt" | "celsius" | "joule" | "count" | "";

export interface SystemLine {
  key: string;
  label: string;
}

export interface SystemChart {
  title: string;
  unit: Unit;
  lines: SystemLine[];
}

export interface SystemSection {
  name: string;
  charts: SystemChart[];
}

// One row: which keys, in which section and chart, under which name. "N" is the number of a GPU.
const kPlaces: [pattern: RegExp, section: string, chart: string, unit: Unit, label: string][] = [
  [/^gpu\.(\d+)\.util_percent$/, "GPU", "Use", "percent", "GPU N"],
  [/^gpu\.(\d+)\.memory\.used_bytes$/, "GPU", "Memory", "bytes", "GPU N"],
  [/^gpu\.(\d+)\.process\.memory\.used_bytes$/, "GPU", "Memory of this run", "bytes", "GPU N"],
  [/^gpu\.(\d+)\.power_w$/, "GPU", "Power", "watt", "GPU N"],
  [/^gpu\.(\d+)\.temperature_c$/, "GPU", "Temperature", "celsius", "GPU N"],
  [/^gpu\.(\d+)\.memory\.util_percent$/, "GPU", "Memory traffic", "percent", "GPU N"],
  [/^gpu\.(\d+)\.energy_j$/, "GPU", "Energy counter", "joule", "GPU N"],
  [/^energy\.gpu_j$/, "Energy", "Of this run, measured", "joule", "GPU"],
  [/^energy\.cpu_j$/, "Energy", "Of this run, measured", "joule", "CPU"],
  [/^energy\.memory_j$/, "Energy", "Of this run, measured", "joule", "memory"],
  [/^cpu\.percent$/, "CPU", "Use of the machine", "percent", "all cores"],
  [/^process\.cpu\.percent$/, "CPU", "Use by this run, 100 % is one core", "percent", "this run"],
  [/^cpu\.load_1m$/, "CPU", "Load", "", "1 minute"],
  [/^process\.threads$/, "CPU", "Threads and processes", "count", "threads"],
  [/^process\.count$/, "CPU", "Threads and processes", "count", "processes"],
  [/^memory\.used_bytes$/, "Memory", "Memory", "bytes", "machine"],
  [/^process\.memory\.rss_bytes$/, "Memory", "Memory", "bytes", "this run"],
  [/^cgroup\.memory\.used_bytes$/, "Memory", "Memory", "bytes", "container"],
  [/^swap\.used_bytes$/, "Memory", "Swap", "bytes", "machine"],
  [/^memory\.percent$/, "Memory", "Share of the machine's memory", "percent", "machine"],
  [/^disk\.read_bytes_per_s$/, "Disk", "Machine", "bytes_per_s", "read"],
  [/^disk\.written_bytes_per_s$/, "Disk", "Machine", "bytes_per_s", "written"],
  [/^process\.disk\.read_bytes_per_s$/, "Disk", "This run", "bytes_per_s", "read"],
  [/^process\.disk\.written_bytes_per_s$/, "Disk", "This run", "bytes_per_s", "written"],
  [/^net\.received_bytes_per_s$/, "Network", "Machine", "bytes_per_s", "received"],
  [/^net\.sent_bytes_per_s$/, "Network", "Machine", "bytes_per_s", "sent"],
];

const kSections = ["GPU", "Energy", "CPU", "Memory", "Disk", "Network", "Other"];
/** Time times load of processors without a sensor: what power models need, and nobody looks at. */
const kHidden = /^energy\.\w+_s$/;

export function systemSections(keys: string[]): SystemSection[] {
  const sections = new Map<string, Map<string, SystemChart>>();
  const add = (section: string, title: string, unit: Unit, line: SystemLine) => {
    const charts = sections.get(section) ?? new Map<string, SystemChart>();
    sections.set(section, charts);
    const chart = charts.get(title) ?? { title, unit, lines: [] };
    charts.set(title, chart);
    chart.lines.push(line);
  };
  const left = new Set(keys.filter((key) => !kHidden.test(key)));
  const ordered = [...keys].sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
  for (const [pattern, section, chart, unit, label] of kPlaces) {
    for (const key of ordered) {
      const match = pattern.exec(key);
      if (!match) continue;
      left.delete(key);
      add(section, chart, unit, { key, label: label.replace("N", match[1] ?? "N") });
    }
  }
  for (const key of ordered) if (left.has(key)) add("Other", key, unitOf(key), { key, label: key });
  return kSections.flatMap((name) => {
    const charts = sections.get(name);
    return charts ? [{ name, charts: [...charts.values()] }] : [];
  });
}

function unitOf(key: string): Unit {
  if (/_bytes_per_s$/.test(key)) return "bytes_per_s";
  if (/_bytes$/.test(key)) return "bytes";
  return /percent$/.test(key) ? "percent" : "";
}

export interface Scale {
  factor: number;
  label: string;
}

const kBytes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const kPlain: Record<Exclude<Unit, "bytes" | "bytes_per_s" | "joule">, string> = {
  percent: "%",
  watt: "W",
  celsius: "°C",
  count: "",
  "": "",
};

/** The unit in which values up to `most` are read easily. */
export function scaleOf(unit: Unit, most: number): Scale {
  if (unit === "bytes" || unit === "bytes_per_s") {
    const power =
      most > 0 ? Math.min(kBytes.length - 1, Math.max(0, Math.floor(Math.log2(most) / 10))) : 0;
    return {
      factor: 1024 ** -power,
      label: (kBytes[power] ?? "B") + (unit === "bytes_per_s" ? "/s" : ""),
    };
  }
  if (unit === "joule")
    return most >= 3.6e6 ? { factor: 1 / 3.6e6, label: "kWh" } : { factor: 1e-3, label: "kJ" };
  return { factor: 1, label: kPlain[unit] };
}

export interface Figure {
  label: string;
  value: string;
}

/** The few figures that tell at a glance how well the machine was used. */
export function figuresOf(keys: RunKey[]): Figure[] {
  const known = new Map(keys.map((key) => [key.key, key]));
  const all = (pattern: RegExp) => keys.filter(({ key }) => pattern.test(key));
  const mean = (list: RunKey[]) => list.reduce((sum, key) => sum + key.mean, 0) / list.length;
  const figures: Figure[] = [];
  const add = (label: string, value: string | undefined) => value && figures.push({ label, value });

  const use = all(/^gpu\.\d+\.util_percent$/);
  if (use.length)
    add(
      use.length > 1 ? `GPU use, mean of ${use.length}` : "GPU use, mean",
      `${formatNumber(mean(use), 3)} %`,
    );
  const gpu_memory = all(/^gpu\.\d+\.memory\.used_bytes$/);
  if (gpu_memory.length)
    add("GPU memory, peak", formatBytes(Math.max(...gpu_memory.map((key) => key.max))));
  const energy = all(/^gpu\.\d+\.energy_j$/);
  if (energy.length)
    add("GPU energy", energyText(energy.reduce((sum, key) => sum + key.last - key.first, 0)));
  const run_cpu = known.get("process.cpu.percent");
  if (run_cpu) add("Cores used, mean", formatNumber(run_cpu.mean / 100, 2));
  const cpu = known.get("cpu.percent");
  if (cpu) add("CPU of the machine, mean", `${formatNumber(cpu.mean, 3)} %`);
  const memory = known.get("process.memory.rss_bytes");
  if (memory) add("Memory of the run, peak", formatBytes(memory.max));
  const read = known.get("process.disk.read_bytes_per_s");
  if (read) add("Read from disk, peak", `${formatBytes(read.max)}/s`);
  return figures;
}

function energyText(joule: number): string {
  const { factor, label } = scaleOf("joule", joule);
  return `${formatNumber(joule * factor, 3)} ${label}`;
}
