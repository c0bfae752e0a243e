// Rules of lines that are drawn by columns.
import { describe, expect, it } from "vitest";
import { rasterLine, type Raster } from "./line_raster";

const kSame = { scale_x: 1, offset_x: 0, scale_y: 1, offset_y: 0 };

function blank(width: number, height: number): Raster {
  return { width, height, pixels: new Uint32Array(width * height) };
}

function draw(raster: Raster, x: number[], y: number[], width_px = 1, color = "#ff8000"): number[] {
  const line = { x: Float64Array.from(x), y: Float64Array.from(y), color };
  return rasterLine(raster, line, kSame, 0, x.length, width_px);
}

/** Opacity of each row of a column, in 255ths. */
function column(raster: Raster, at: number): number[] {
  return Array.from({ length: raster.height }, (_, row) => raster.pixels[row * raster.width + at]! >>> 24);
}

describe("a line drawn by columns", () => {
  it("covers one row where it runs level in the middle of it", () => {
    const raster = blank(4, 3);
    draw(raster, [0, 3.5], [1.5, 1.5]);
    for (let at = 0; at < 4; ++at) expect(column(raster, at)).toEqual([0, 255, 0]);
  });

  it("shares its ink between two rows where it runs between them", () => {
    const raster = blank(2, 3);
    draw(raster, [0, 1.5], [1, 1]);
    expect(column(raster, 0)).toEqual([128, 128, 0]);
  });

  it("spans all heights that it has within a column", () => {
    const raster = blank(1, 6);
    draw(raster, [0.1, 0.4, 0.8], [1.5, 4.5, 2]);
    expect(column(raster, 0)).toEqual([0, 255, 255, 255, 255, 0]);
  });

  it("keeps the colour it was given", () => {
    const raster = blank(1, 1);
    draw(raster, [0, 0.9], [0.5, 0.5]);
    expect(raster.pixels[0]).toBe(0xff0080ff);
  });

  it("lies over what was drawn before", () => {
    const raster = blank(1, 1);
    draw(raster, [0, 0.9], [0.5, 0.5], 1, "#ffffff");
    draw(raster, [0, 0.9], [1, 1], 1, "#000000"); // half of it
    expect(raster.pixels[0]! & 0xff).toBe(128);
    expect(raster.pixels[0]! >>> 24).toBe(255);
  });

  it("has a gap where a value is missing, and tells of points that stand alone", () => {
    const raster = blank(8, 3);
    const alone = draw(raster, [0, 1.5, 3, 4.5, 6, 7.5], [1.5, 1.5, NaN, 1.5, NaN, NaN]);
    expect(alone).toEqual([4.5, 1.5]);
    expect(column(raster, 1)).toEqual([0, 255, 0]);
    expect(column(raster, 3)).toEqual([0, 0, 0]);
    expect(column(raster, 4)).toEqual([0, 0, 0]);
  });

  it("may come from outside and leave again", () => {
    const raster = blank(3, 3);
    draw(raster, [-1e9, 1e9], [1.5, 1.5]);
    draw(raster, [0.5, 0.6], [-1e9, 1e9]);
    expect(column(raster, 2)).toEqual([0, 255, 0]);
    expect(column(raster, 0)).toEqual([255, 255, 255]);
    draw(raster, [0, 2], [50, 60]);
    expect(column(raster, 1)).toEqual([0, 255, 0]);
  });
});
