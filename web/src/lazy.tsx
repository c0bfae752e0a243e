// Components that are fetched when they are first shown.
import type { ComponentType } from "preact";
import { signal, type Signal } from "@preact/signals";
import { Failure, Loading } from "./ui/Empty";

/** A component, and a way to fetch it before it is shown. */
export type Lazy<P> = ComponentType<P> & { start: () => void };

/** The default export of a module, loaded on first use. */
export function lazy<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
): Lazy<P> {
  const component: Signal<ComponentType<P> | null> = signal(null);
  const error = signal<unknown>(null);
  let loading = false;
  const start = () => {
    if (loading) return;
    loading = true;
    load().then(
      (module) => (component.value = module.default),
      (reason: unknown) => {
        loading = false;
        error.value = reason;
      },
    );
  };
  const Shown = (props: P) => {
    const Loaded = component.value;
    if (Loaded) return <Loaded {...props} />;
    if (error.value) return <Failure error={error.value} onRetry={() => location.reload()} />;
    start();
    return <Loading />;
  };
  return Object.assign(Shown, { start });
}
