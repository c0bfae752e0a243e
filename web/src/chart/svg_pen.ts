// A pen that writes SVG: what is drawn on a canvas can be drawn with it and scaled for ever.
import type { Pen } from "./types";

type Style = string | CanvasGradient | CanvasPattern;

interface State {
  transform: string;
  clip: string;
  alpha: number;
  stroke: Style;
  fill: Style;
  width: number;
  dash: string;
  font: string;
  align: CanvasTextAlign;
  baseline: CanvasTextBaseline;
}

export class SvgPen implements Pen {
  lineJoin: CanvasLineJoin = "bevel";
  lineCap: CanvasLineCap = "butt";
  private x_path = "";
  private x_body: string[] = [];
  private x_clips = 0;
  private x_saved: State[] = [];
  private x_state: State = {
    transform: "",
    clip: "",
    alpha: 1,
    stroke: "#000",
    fill: "#000",
    width: 1,
    dash: "",
    font: "11px sans-serif",
    align: "left",
    baseline: "alphabetic",
  };

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly measure: (font: string, text: string) => TextMetrics,
  ) {}

  /** The whole drawing. */
  text(): string {
    const { width, height } = this;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}">\n${this.x_body.join("\n")}\n</svg>\n`
    );
  }

  get strokeStyle(): Style {
    return this.x_state.stroke;
  }
  set strokeStyle(style: Style) {
    this.x_state.stroke = style;
  }
  get fillStyle(): Style {
    return this.x_state.fill;
  }
  set fillStyle(style: Style) {
    this.x_state.fill = style;
  }
  get lineWidth(): number {
    return this.x_state.width;
  }
  set lineWidth(width: number) {
    this.x_state.width = width;
  }
  get globalAlpha(): number {
    return this.x_state.alpha;
  }
  set globalAlpha(alpha: number) {
    this.x_state.alpha = alpha;
  }
  get font(): string {
    return this.x_state.font;
  }
  set font(font: string) {
    this.x_state.font = font;
  }
  get textAlign(): CanvasTextAlign {
    return this.x_state.align;
  }
  set textAlign(align: CanvasTextAlign) {
    this.x_state.align = align;
  }
  get textBaseline(): CanvasTextBaseline {
    return this.x_state.baseline;
  }
  set textBaseline(baseline: CanvasTextBaseline) {
    this.x_state.baseline = baseline;
  }

  save(): void {
    this.x_saved.push({ ...this.x_state });
  }
  restore(): void {
    this.x_state = this.x_saved.pop() ?? this.x_state;
  }
  setLineDash(segments: Iterable<number>): void {
    this.x_state.dash = [...segments].map(short).join(" ");
  }
  translate(x: number, y: number): void {
    this.x_state.transform += `translate(${short(x)} ${short(y)})`;
  }
  rotate(angle: number): void {
    this.x_state.transform += `rotate(${short((angle * 180) / Math.PI)})`;
  }
  measureText(text: string): TextMetrics {
    return this.measure(this.x_state.font, text);
  }

  beginPath(): void {
    this.x_path = "";
  }
  closePath(): void {
    this.x_path += "Z";
  }
  moveTo(x: number, y: number): void {
    this.x_path += `M${short(x)} ${short(y)}`;
  }
  lineTo(x: number, y: number): void {
    this.x_path += `L${short(x)} ${short(y)}`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.x_path += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
  }

  /** Whole circles only: charts draw no others. */
  arc(x: number, y: number, radius: number): void {
    const r = short(radius);
    this.x_path +=
      `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${short(2 * radius)} 0` +
      `a${r} ${r} 0 1 0 ${short(-2 * radius)} 0Z`;
  }

  clip(): void {
    const id = `clip${++this.x_clips}`;
    this.x_body.push(
      `<clipPath id="${id}"><path d="${this.x_path}"${this.transform()}/></clipPath>`,
    );
    this.x_state.clip = ` clip-path="url(#${id})"`;
  }

  stroke(): void {
    if (!this.x_path) return;
    const { width, dash, stroke } = this.x_state;
    this.put(
      `<path d="${this.x_path}" fill="none"${paint("stroke", stroke)} stroke-width="${short(width)}"` +
        ` stroke-linejoin="${this.lineJoin}"${dash ? ` stroke-dasharray="${dash}"` : ""}`,
    );
  }

  fill(): void {
    if (this.x_path) this.put(`<path d="${this.x_path}"${paint("fill", this.x_state.fill)}`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.put(`<rect ${rectangle(x, y, width, height)}${paint("fill", this.x_state.fill)}`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.put(
      `<rect ${rectangle(x, y, width, height)} fill="none"${paint("stroke", this.x_state.stroke)}` +
        ` stroke-width="${short(this.x_state.width)}"`,
    );
  }

  fillText(text: string, x: number, y: number): void {
    const { font, align, baseline, fill } = this.x_state;
    const anchor =
      align === "center" ? "middle" : align === "right" || align === "end" ? "end" : "start";
    const line =
      baseline === "middle" ? "central" : baseline === "top" ? "text-before-edge" : "auto";
    this.put(
      `<text x="${short(x)}" y="${short(y)}" style="font:${escapeXml(font)}" text-anchor="${anchor}"` +
        ` dominant-baseline="${line}"${paint("fill", fill)}`,
      `>${escapeXml(text)}</text>`,
    );
  }

  private put(element: string, end = "/>"): void {
    const { alpha, clip } = this.x_state;
    const opacity = alpha < 1 ? ` opacity="${short(alpha)}"` : "";
    // A clip path is in the coordinates of its own save(), a transform in those of the element.
    const shape = element + opacity + this.transform() + end;
    this.x_body.push(clip ? `<g${clip}>${shape}</g>` : shape);
  }

  private transform(): string {
    return this.x_state.transform ? ` transform="${this.x_state.transform}"` : "";
  }
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
}

/** #rrggbbaa is split: many readers of SVG know no alpha in colours. */
function paint(name: "fill" | "stroke", style: Style): string {
  const color = String(style);
  if (!/^#[0-9a-f]{8}$/i.test(color)) return ` ${name}="${escapeXml(color)}"`;
  const alpha = short(parseInt(color.slice(7), 16) / 255);
  return ` ${name}="${color.slice(0, 7)}" ${name}-opacity="${alpha}"`;
}

export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
    .replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
