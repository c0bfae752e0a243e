// The charts. Pages import from here and from nowhere else in this folder.
import "./chart.css";

export { BarChart } from "./BarChart";
export { BoxChart } from "./BoxChart";
export { ChartPanel } from "./ChartPanel";
export { HeatMap } from "./HeatMap";
export { Histogram } from "./Histogram";
export { LineChart } from "./LineChart";
export { ParallelChart } from "./ParallelChart";
export { ScatterChart } from "./ScatterChart";
export { ChartData } from "./data";
export type { AxisWant, Band, ChartRun, Group, PanelCurve, PanelData, SeriesWant } from "./data";
export { bucketsFor } from "./ask";
export { boxStats, histogramOf, quantile } from "./box_stats";
export type * from "./types";
