// Children that live elsewhere in the document: outside of what would clip them.
import { render, type ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Renders into a box of its own at the end of `into`. (preact/compat has this for 4 KB more.) */
export function Portal({ into, children }: { into: Element; children: ComponentChildren }) {
  const box = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const element = document.createElement("div");
    element.className = "portal";
    into.append(element);
    box.current = element;
    return () => {
      render(null, element);
      element.remove();
    };
  }, [into]);
  useLayoutEffect(() => {
    if (box.current) render(<>{children}</>, box.current);
  });
  return null;
}

/** As in preact/compat. */
export function createPortal(children: ComponentChildren, into: Element) {
  return <Portal into={into}>{children}</Portal>;
}
