// Line icons on a 16 px grid, drawn in the colour of the text around them.

const kPaths = {
  archive: "M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3",
  arrow_down: "M8 3v10M4 9l4 4 4-4",
  arrow_up: "M8 13V3M4 7l4-4 4 4",
  chart: "M2.5 2.5v11h11M5 10l2.5-3 2 1.5L13 4.5",
  check: "M3.5 8.5l3 3 6-7",
  chevron_down: "M4.5 6.5L8 10l3.5-3.5",
  chevron_left: "M9.5 4.5L6 8l3.5 3.5",
  chevron_right: "M6.5 4.5L10 8l-3.5 3.5",
  close: "M4 4l8 8M12 4l-8 8",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  compare: "M8 2.5v11M2.5 5h3M2.5 8h3M2.5 11h3M10.5 5h3M10.5 8h3M10.5 11h3",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  download: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.3h10",
  edit: "M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3z",
  energy: "M9 1.8L3.8 9H8l-1 5.2L12.2 7H8z",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  eye_off:
    "M2.5 2.5l11 11M6.6 4a6 6 0 0 1 1.4-.2C12 3.8 14.5 8 14.5 8a12 12 0 0 1-1.8 2.2M4.4 5.2A11 11 0 0 0 1.5 8S4 12.2 8 12.2a6 6 0 0 0 2.8-.7",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  flag: "M4 13.5v-11M4 3h8l-1.8 2.7L12 8.5H4",
  folder: "M2 4h4l1.5 1.8H14v6.7H2z",
  full: "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5L9.5 6.5M2.5 13.5l4-4",
  group: "M2.5 3.5h11M5.5 7.2h8M5.5 10.2h8M2.5 13.2h11",
  help: "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.8v.1M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z",
  image: "M2.5 3h11v10h-11zM2.5 11l3-3 2.5 2.5L10.5 8l3 3M5.8 6v.1",
  key: "M9.8 2.8a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8zM7.4 8.6L2.8 13.2M4.5 11.5l1.5 1.5",
  link: "M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.3 6.7a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.8-.8",
  menu: "M3 8h.1M8 8h.1M13 8h.1",
  moon: "M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6z",
  notes: "M3.5 2.5h9v11h-9zM5.8 5.5h4.4M5.8 8h4.4M5.8 10.5h2.5",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  pin: "M6 2.5h4l-.5 4.3 2 2.2h-7l2-2.2zM8 9v4.5",
  play: "M5 3.5l7 4.5-7 4.5z",
  plus: "M8 3v10M3 8h10",
  refresh: "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3",
  save: "M4 2.5h8v11L8 10.6l-4 2.9z",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
  settings: "M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 3v3M6 10v3",
  stop: "M4 4h8v8H4z",
  sweep: "M2.5 13l3.6-5.2 2.8 2.4L13.5 3M3.5 3.8h.1M7 5h.1M12 11.5h.1",
  sort: "M5 3v10M2.8 10.8L5 13l2.2-2.2M11 13V3M8.8 5.2L11 3l2.2 2.2",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  table: "M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M6.5 6.3V13",
  tag: "M2.5 2.5h5l6 6-5 5-6-6zM5.3 5.3h.1",
  terminal: "M2.5 3h11v10h-11zM5 6.2L7 8l-2 1.8M8.5 10.2H11",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.2 4.5l.6 9h6.4l.6-9M6.7 7v4M9.3 7v4",
  warning: "M8 2.5l6 11H2zM8 6.5v3.3M8 11.6v.1",
} as const;

export type IconName = keyof typeof kPaths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={kPaths[name]} />
    </svg>
  );
}
