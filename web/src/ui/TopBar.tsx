// The bar at the top of every page: where we are, and what can be done here.
import { Fragment, type ComponentChildren } from "preact";
import { toggleTheme, theme } from "../state/theme";
import { hrefOf, projectHref } from "../state/url";
import { me, signOut } from "../pages/Login";
import { Button } from "./Button";
import { Icon } from "./icons";
import { printKeys } from "./keyboard";
import { openHelp, openPalette } from "./Layers";
import { Menu, type MenuEntry } from "./Menu";

export interface TopBarProps {
  project?: string;
  /** What follows the project: the name of the run, "Compare" … */
  here?: ComponentChildren;
  /** Buttons of the page, at the right. */
  children?: ComponentChildren;
}

export function TopBar({ project, here, children }: TopBarProps) {
  const trail: ComponentChildren[] = [];
  if (project) trail.push(<a href={projectHref(project)}>{project}</a>);
  if (here) trail.push(here);
  return (
    <header class="topbar">
      <a class="brand" href={hrefOf({ page: "projects" })} aria-label="Cairn: all projects">
        <Mark />
        <span>Cairn</span>
      </a>
      <nav class="trail" aria-label="Where you are">
        {trail.map((part, i) => (
          <Fragment key={i}>
            <Icon name="chevron_right" size={12} />
            <span class="trail-part">{part}</span>
          </Fragment>
        ))}
      </nav>
      <div class="topbar-actions">
        {children}
        <Button
          icon="search"
          label={`Search and commands  ${printKeys("mod+k")}`}
          onClick={openPalette}
        />
        <Button
          icon={theme.value === "dark" ? "sun" : "moon"}
          label={theme.value === "dark" ? "Light theme" : "Dark theme"}
          onClick={toggleTheme}
        />
        <Button icon="help" label="Keyboard shortcuts  ?" onClick={openHelp} />
        {me.value?.csrf && <UserMenu user={me.value.user ?? ""} />}
      </div>
    </header>
  );
}

function UserMenu({ user }: { user: string }) {
  const entries: MenuEntry[] = [
    { heading: user },
    { label: "Sign out", onSelect: () => void signOut() },
  ];
  return (
    <Menu entries={entries} align="end" label="User">
      {user}
    </Menu>
  );
}

function Mark() {
  return (
    <svg width="18" height="18" viewBox="0 0 32 32" aria-hidden="true">
      <ellipse cx="16" cy="25.5" rx="12" ry="4.5" />
      <ellipse cx="16.5" cy="16.8" rx="8.6" ry="3.9" />
      <ellipse cx="15.4" cy="8.9" rx="5.4" ry="3.6" />
    </svg>
  );
}
