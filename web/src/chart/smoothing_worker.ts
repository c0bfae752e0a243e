// The thread that smooths: takes curves, gives curves back, keeps nothing.
import { smooth } from "./smoothing";
import type { Floats, Smoothing } from "./types";

export interface SmoothRequest {
  id: number;
  smoothing: Smoothing;
  span: number;
  curves: { x: Floats; y: Floats }[];
}

export interface SmoothAnswer {
  id: number;
  curves: Floats[];
}

interface Port {
  onmessage: ((event: MessageEvent<SmoothRequest>) => void) | null;
  postMessage: (answer: SmoothAnswer, transfer: Transferable[]) => void;
}

const port = self as unknown as Port;

port.onmessage = ({ data: { id, smoothing, span, curves } }) => {
  const smoothed = curves.map(({ x, y }) => smooth(x, y, smoothing, span));
  port.postMessage(
    { id, curves: smoothed },
    smoothed.map((curve) => curve.buffer as ArrayBuffer),
  );
};
