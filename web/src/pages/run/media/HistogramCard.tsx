// A distribution over the steps: all of them as a strip, one of them in full.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Histogram } from "../../../chart";
import { formatCompact, formatNumber } from "../../../format";
import { theme, themeColor } from "../../../state/theme";
import type { MediaKey } from "./gallery";
import { layStrip, readBins, type Strip } from "./strip";

export interface HistogramCardProps {
  media: MediaKey;
  index: number;
  /** Chooses a step; undefined where all cards share one. */
  onIndex: ((index: number) => void) | undefined;
}

const kRows = 96;

export function HistogramCard({ media, index, onIndex }: HistogramCardProps) {
  const bins = useMemo(() => media.steps.map((step) => readBins(step.items[0])), [media]);
  const strip = useMemo(() => layStrip(bins, kRows), [bins]);
  const shown = bins[index];
  const color = useThemeColor("--accent");
  const series = useMemo(
    () =>
      shown
        ? [{ id: media.key, label: media.key, color, edges: shown.edges, counts: shown.counts }]
        : [],
    [shown, color],
  );
  return (
    <div class="histogram-card">
      {media.steps.length > 1 && (
        <StripView media={media} strip={strip} index={index} color={color} onIndex={onIndex} />
      )}
      <Histogram
        title={media.key}
        series={series}
        height={media.steps.length > 1 ? 120 : 200}
        empty="Not a histogram"
      />
    </div>
  );
}

function useThemeColor(token: string): string {
  const now = theme.value;
  return useMemo(() => themeColor(token), [now, token]);
}

interface StripViewProps {
  media: MediaKey;
  strip: Strip;
  index: number;
  color: string;
  onIndex: ((index: number) => void) | undefined;
}

function StripView({ media, strip, index, color, onIndex }: StripViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) paint(canvas.current, strip, color);
  }, [strip, color]);
  const choose = (event: PointerEvent) => {
    if (!onIndex || (event.type === "pointermove" && !(event.buttons & 1))) return;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    onIndex(Math.max(0, Math.min(strip.columns - 1, Math.floor(share * strip.columns))));
  };
  const first = media.steps[0]?.step ?? 0;
  const last = media.steps[media.steps.length - 1]?.step ?? 0;
  return (
    <div class="strip">
      <div class="strip-scale">
        <span>{formatCompact(strip.high)}</span>
        <span>{formatCompact(strip.low)}</span>
      </div>
      <div
        class={`strip-box ${onIndex ? "choosable" : ""}`}
        onPointerDown={choose}
        onPointerMove={choose}
      >
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${media.key} over ${media.steps.length} steps`}
        />
        <div
          class="strip-mark"
          style={{ left: `${(100 * index) / strip.columns}%`, width: `${100 / strip.columns}%` }}
        />
      </div>
      <div class="strip-steps">
        <span>{formatNumber(first)}</span>
        <span>{formatNumber(last)}</span>
      </div>
    </div>
  );
}

/** One pixel for each bin of each step; the browser stretches them. */
function paint(canvas: HTMLCanvasElement, strip: Strip, color: string): void {
  canvas.width = Math.max(1, strip.columns);
  canvas.height = strip.rows;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  const picture = pen.createImageData(canvas.width, canvas.height);
  for (let column = 0; column < strip.columns; column++) {
    for (let row = 0; row < strip.rows; row++) {
      const share = strip.shares[column * strip.rows + row] as number;
      const at = 4 * ((strip.rows - 1 - row) * canvas.width + column);
      // The square root shows the thin tails too.
      picture.data.set([red ?? 0, green ?? 0, blue ?? 0, 255 * Math.sqrt(share)], at);
    }
  }
  pen.putImageData(picture, 0, 0);
}
