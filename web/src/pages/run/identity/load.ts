// The relatives of a run, as the server finds them by its keys.
import { api } from "../../../api/client";
import type { RunDetail } from "../../../api/types";
import { runPath } from "../change";
import { useLoad, useSlow, type Loaded } from "../../../state/load";
import type { Relatives } from "./recall";

const kAgainAfter_ms = 10_000;

export function useRelatives(run: RunDetail, wanted = true): Loaded<Relatives> {
  const to = `${runPath(run)}/relatives`;
  return useLoad(
    wanted ? to : null,
    (signal) => api.get<Relatives>(to, {}, { signal }),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
}
