// The page begins here: theme, links, keyboard, and the page that the address names.
import { render } from "preact";
import "./ui/theme.css";
import "./ui/ui.css";
import "./state/theme";
import { App, preload } from "./App";
import { askWho } from "./pages/Login";
import { followLinks } from "./state/url";
import { listenToKeys } from "./ui/keyboard";

preload();
followLinks();
listenToKeys();
// A session's requests need what only this answer tells (X-Cairn-CSRF), so it comes first.
void askWho().then(() => {
  const root = document.getElementById("page");
  if (root) render(<App />, root);
});
