// What the reader takes away: a table in CodeCarbon's columns, and words for a paper or model card.
import { request, urlOf, type Params } from "../../api/client";
import { saveFile } from "../../save";
import { copyText, Menu, toast, toastError, type MenuEntry } from "../../ui";
import { pageParams } from "./choices";
import { footprintPath, type Asked } from "./load";

type Format = "codecarbon" | "latex" | "markdown";

export function Export({ project, choices }: Asked) {
  const load = async (format: Format): Promise<string> => {
    const params: Params = { ...pageParams(choices), format };
    const answer = await request("GET", urlOf(`${footprintPath(project)}/export`, params));
    return answer.text();
  };
  const save = (format: Format, name: string, type: string) => () =>
    void load(format).then((text) => saveFile(name, text, type), toastError);
  const copy = (format: Format) => () =>
    void load(format)
      .then(copyText)
      .then(() => toast("Copied"), toastError);
  const entries: MenuEntry[] = [
    {
      label: "CSV, columns as CodeCarbon's",
      icon: "download",
      onSelect: save("codecarbon", "emissions.csv", "text/csv"),
    },
    "line",
    { label: "Copy for a paper (LaTeX)", icon: "copy", onSelect: copy("latex") },
    { label: "Copy for a model card (Markdown)", icon: "copy", onSelect: copy("markdown") },
  ];
  return (
    <Menu icon="download" align="end" entries={entries}>
      Export
    </Menu>
  );
}
