// A button: quiet by default, `kind="primary"` for the one action that matters.
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icons";

export interface ButtonProps {
  icon?: IconName;
  /** Needed where there is an icon and no text. Shown as tooltip. */
  label?: string;
  kind?: "quiet" | "plain" | "primary" | "danger";
  small?: boolean;
  pressed?: boolean;
  disabled?: boolean;
  class?: string;
  onClick?: (event: MouseEvent) => void;
  children?: ComponentChildren;
  buttonRef?: JSX.HTMLAttributes<HTMLButtonElement>["ref"];
}

export function Button(props: ButtonProps) {
  const { icon, label, kind = "quiet", small, pressed, disabled, onClick, children } = props;
  const bare = children === undefined || children === null || children === "";
  const classes = ["button", kind, small && "small", bare && "bare", props.class];
  return (
    <button
      type="button"
      ref={props.buttonRef}
      class={classes.filter(Boolean).join(" ")}
      aria-label={bare ? label : undefined}
      aria-pressed={pressed}
      data-tip={label}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {!bare && <span class="button-text">{children}</span>}
    </button>
  );
}
