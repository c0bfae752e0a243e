// How a chart tells the panel around it what it can be exported as.
import { createContext } from "preact";
import { useContext, useEffect, useRef } from "preact/hooks";
import type { ChartHandle } from "./types";

export interface PanelSlot {
  chart: ChartHandle | null;
}

export const PanelContext = createContext<PanelSlot | null>(null);

/** Offers `chart`, always as it was rendered last. Outside of a panel nothing happens. */
export function useChartHandle(chart: ChartHandle): void {
  const slot = useContext(PanelContext);
  const latest = useRef(chart);
  latest.current = chart;
  useEffect(() => {
    if (!slot) return;
    const offered: ChartHandle = {
      get title() {
        return latest.current.title;
      },
      table: () => latest.current.table(),
      paint: (pen, width, height) => latest.current.paint(pen, width, height),
    };
    slot.chart = offered;
    return () => {
      if (slot.chart === offered) slot.chart = null;
    };
  }, [slot]);
}
