// Canvases that are as sharp as the screen.

/** Gives the canvas its parent's size in device pixels, cleared; null while it has none. */
export function fitCanvas(
  canvas: HTMLCanvasElement,
  root: HTMLElement,
): CanvasRenderingContext2D | null {
  const { clientWidth: width, clientHeight: height } = root;
  if (width === 0 || height === 0) return null;
  const unit = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * unit), Math.round(height * unit)];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const pen = canvas.getContext("2d");
  pen?.setTransform(unit, 0, 0, unit, 0, 0);
  pen?.clearRect(0, 0, width, height);
  return pen;
}

/** Calls `changed` when the element's size changes, or the pixels of the screen below it. */
export function watchSize(element: Element, changed: () => void): () => void {
  const watch = new ResizeObserver(changed);
  try {
    watch.observe(element, { box: "device-pixel-content-box" });
  } catch {
    watch.observe(element); // a browser that does not tell about its pixels
  }
  return () => watch.disconnect();
}
