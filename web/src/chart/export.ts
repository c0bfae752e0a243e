// Charts as files: PNG and SVG.
import { palette } from "./theme";
import { SvgPen } from "./svg_pen";
import type { ChartHandle } from "./types";

/** Sharp on paper too. */
const kPngScale = 2;

export function pngOf(chart: ChartHandle, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = width * kPngScale;
  canvas.height = height * kPngScale;
  const pen = canvas.getContext("2d")!;
  pen.scale(kPngScale, kPngScale);
  pen.fillStyle = palette().surface;
  pen.fillRect(0, 0, width, height);
  chart.paint(pen, width, height);
  return new Promise((done, failed) => {
    canvas.toBlob((blob) =>
      blob ? done(blob) : failed(new Error("this chart is too large for a PNG")),
    );
  });
}

export function svgOf(chart: ChartHandle, width: number, height: number): string {
  const ruler = document.createElement("canvas").getContext("2d")!;
  const pen = new SvgPen(width, height, (font, text) => {
    ruler.font = font;
    return ruler.measureText(text);
  });
  pen.fillStyle = palette().surface;
  pen.fillRect(0, 0, width, height);
  chart.paint(pen, width, height);
  return pen.text();
}
