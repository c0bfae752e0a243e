// Named views: the whole address of this page under a name, kept by the server for everybody.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, path } from "../../api/client";
import type { View } from "../../api/types";
import { query, showView, viewState } from "../../state/url";
import { kReadOnly, may_write } from "../Login";
import { Button, Dialog, Menu, toast, toastError, type MenuEntry } from "../../ui";

export function Views({ project }: { project: string }) {
  const { views, current, save, remove } = useViews(project);
  const naming = useSignal(false);
  const shown = views.value.find((view) => view.name === current.value);
  const changed = shown !== undefined && viewState() !== shown.state;
  const changes: MenuEntry[] = [
    { label: "Save as a new view …", icon: "plus", onSelect: () => (naming.value = true) },
    ...(shown
      ? ([
          {
            label: `Update ${shown.name}`,
            icon: "save",
            disabled: !changed,
            onSelect: () => void save(shown.name),
          },
          {
            label: `Delete ${shown.name}`,
            icon: "trash",
            danger: true,
            onSelect: () => void remove(shown),
          },
        ] satisfies MenuEntry[])
      : []),
  ];
  const entries: MenuEntry[] = [
    ...views.value.map((view) => ({
      label: view.name,
      checked: view.name === current.value,
      onSelect: () => showView(view.state),
    })),
    ...(views.value.length > 0 ? ["line" as const] : []),
    ...(may_write.value ? changes : [{ heading: kReadOnly }]),
    { label: "Back to the start", icon: "refresh", onSelect: () => showView("") },
  ];
  return (
    <>
      <Menu icon="save" entries={entries} align="end" label="Views">
        {shown ? shown.name + (changed ? " *" : "") : "Views"}
      </Menu>
      {naming.value && (
        <NameDialog onClose={() => (naming.value = false)} onName={(name) => void save(name)} />
      )}
    </>
  );
}

/** The project's named views, and which of them is shown. */
function useViews(project: string) {
  const views = useSignal<View[]>([]);
  const current = query("v", "");
  const load = async () => {
    try {
      views.value = (await api.get<{ views: View[] }>(path`/projects/${project}/views`)).views;
    } catch {
      views.value = [];
    }
  };
  useEffect(() => void load(), [project]);
  const save = async (name: string) => {
    current.value = name;
    // What is saved names itself, so that the address tells which view it began with.
    await Promise.resolve();
    try {
      await api.put(path`/projects/${project}/views/${name}`, { state: viewState() });
      await load();
      toast(`Saved view ${name}`);
    } catch (error) {
      toastError(error);
    }
  };
  const remove = async ({ name, state }: View) => {
    try {
      await api.remove(path`/projects/${project}/views/${name}`);
      current.value = "";
      await load();
      const undo = async () => {
        await api.put(path`/projects/${project}/views/${name}`, { state });
        await load();
      };
      toast(`Deleted view ${name}`, { undo: () => void undo() });
    } catch (error) {
      toastError(error);
    }
  };
  return { views, current, save, remove };
}

function NameDialog({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
  const name = useSignal("");
  const done = () => {
    if (!name.value.trim()) return;
    onName(name.value.trim());
    onClose();
  };
  return (
    <Dialog
      title="Save this view"
      onClose={onClose}
      actions={
        <Button kind="primary" disabled={!name.value.trim()} onClick={done}>
          Save view
        </Button>
      }
    >
      <input
        class="input wide"
        autofocus
        value={name.value}
        placeholder="Name, such as Best runs"
        aria-label="Name of the view"
        onInput={(event) => (name.value = event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && done()}
      />
    </Dialog>
  );
}
