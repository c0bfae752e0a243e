// Says of a run that nothing ran: its result is that of another.
import type { RunDetail } from "../../../api/types";
import { formatDuration } from "../../../format";
import { hrefOf } from "../../../state/url";
import { Icon } from "../../../ui";
import { reuseOf } from "./recall";

/** Whose result it is, and what that saved. `name`: of that run, once it is known. */
export function Reused({ run, name }: { run: RunDetail; name: string | undefined }) {
  const reuse = reuseOf(run);
  if (!reuse) return null;
  const { project, run: id, level, saved_s } = reuse;
  return (
    <section class="notice reused">
      <Icon name="refresh" />
      <div>
        <strong>
          Reused from{" "}
          <a class="link" href={hrefOf({ page: "run", project, run: id })}>
            {project}/{name ?? id}
          </a>
          {saved_s !== undefined && `, saved ${formatDuration(saved_s)}`}.
        </strong>{" "}
        <span class="soft">
          Nothing ran here: its results and outputs are those of that run
          {level && `, which matched as ${level}`}.
        </span>
      </div>
    </section>
  );
}
