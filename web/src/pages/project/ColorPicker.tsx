// Another colour for a run.
import { kSwatches } from "../../color";
import { Popover } from "../../ui";

export interface ColorPickerProps {
  anchor: Element;
  color: string;
  /** null: the colour that the run has by itself. */
  onPick: (color: string | null) => void;
  onClose: () => void;
}

export function ColorPicker({ anchor, color, onPick, onClose }: ColorPickerProps) {
  const pick = (next: string | null) => {
    onPick(next);
    onClose();
  };
  return (
    <Popover anchor={anchor} onClose={onClose} class="colors" label="Colour of the run">
      <div class="swatches">
        {kSwatches.map((each) => (
          <button
            key={each}
            type="button"
            class={each === color ? "chosen" : ""}
            aria-label={each}
            style={{ background: each }}
            onClick={() => pick(each)}
          />
        ))}
      </div>
      <button type="button" class="menu-item" onClick={() => pick(null)}>
        As by itself
      </button>
    </Popover>
  );
}
