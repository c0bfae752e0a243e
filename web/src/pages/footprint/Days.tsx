// Energy by day.
import { useMemo } from "preact/hooks";
import type { FootprintGroup } from "../../api/footprint";
import { ChartPanel, Histogram } from "../../chart";
import { energyUnit } from "../../footprint/quantity";
import { theme, themeColor } from "../../state/theme";
import { daysOf } from "./numbers";

const kHeight_px = 260;

export function Days({ groups }: { groups: readonly FootprintGroup[] }) {
  const dark = theme.value;
  const { series, unit } = useMemo(() => {
    const { edges, kwh } = daysOf(groups);
    if (kwh.length === 0) return { series: [], unit: "kWh" };
    const { unit, size } = energyUnit(Math.max(...kwh));
    const counts = kwh.map((each) => each / size);
    const color = themeColor("--accent");
    return { series: [{ id: "energy", label: "Energy", color, edges, counts }], unit };
  }, [groups, dark]);
  return (
    <ChartPanel title="By day" height={kHeight_px}>
      <Histogram title="Energy by day" series={series} time valueLabel={unit} />
    </ChartPanel>
  );
}
