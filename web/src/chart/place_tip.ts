// Puts a tooltip beside a point of the window, above all else, where it is not cut off.

const kGap_px = 14;
const kEdge_px = 6;

/** `box` is a manual popover: the browser's top layer lies above dialogs too. */
export function placeTip(box: HTMLElement, left: number, top: number): void {
  if (!box.matches(":popover-open")) box.showPopover();
  const { width, height } = box.getBoundingClientRect();
  const right = left + kGap_px + width + kEdge_px <= window.innerWidth;
  const x = right ? left + kGap_px : left - kGap_px - width;
  const y = Math.max(kEdge_px, Math.min(top - height / 2, window.innerHeight - height - kEdge_px));
  box.style.transform = `translate(${Math.round(Math.max(kEdge_px, x))}px, ${Math.round(y)}px)`;
}
