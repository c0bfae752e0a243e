// The whole report to take away: a page, words for a model card, LaTeX for a paper, JSON.
import { request, urlOf } from "../../api/client";
import { saveFile } from "../../save";
import { copyText, Menu, toast, toastError, type MenuEntry } from "../../ui";
import { reportParams, reportPath, type Asked, type Format } from "./load";

export function Export({ asked }: { asked: Asked }) {
  const load = async (format: Format): Promise<string> => {
    const answer = await request("GET", urlOf(reportPath(asked.project), reportParams(asked, format)));
    return answer.text();
  };
  const save = (format: Format, type: string) => () =>
    void load(format)
      .then((text) => saveFile(`${asked.project}-report.${format}`, text, type))
      .catch(toastError);
  const copy = (format: Format) => () =>
    void load(format)
      .then(copyText)
      .then(() => toast("Copied"))
      .catch(toastError);
  const entries: MenuEntry[] = [
    { label: "One HTML file", icon: "download", onSelect: save("html", "text/html") },
    { label: "LaTeX", icon: "download", onSelect: save("tex", "application/x-latex") },
    { label: "JSON", icon: "download", onSelect: save("json", "application/json") },
    "line",
    { label: "Copy for a paper (LaTeX)", icon: "copy", onSelect: copy("tex") },
    { label: "Copy for a model card (Markdown)", icon: "copy", onSelect: copy("md") },
  ];
  return (
    <Menu icon="download" align="end" entries={entries}>
      Export
    </Menu>
  );
}
