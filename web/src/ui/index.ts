// The small parts that every page is made of.
export { Button } from "./Button";
export { Copy, copyText } from "./Copy";
export { Dialog } from "./Dialog";
export { Empty, Failure, Loading } from "./Empty";
export { Fold } from "./Fold";
export { Icon, type IconName } from "./icons";
export { Menu, MenuList, type MenuEntry, type MenuItem } from "./Menu";
export { Popover } from "./Popover";
export { SearchBox, type Completion } from "./SearchBox";
export { Splitter } from "./Splitter";
export { Tabs, type Tab } from "./Tabs";
export { toast, toastError, Toasts } from "./Toast";
export { Tooltips } from "./Tooltip";
export { VirtualTable, type TableColumn } from "./VirtualTable";
export { addCommands, printKeys, useCommands, type Command } from "./keyboard";
