// What it was used for: the search against the model it found, training against inference.
import { api, urlOf } from "../../api/client";
import type { BreakEven, Footprint, FootprintPage } from "../../api/footprint";
import { energyOf, print, printShare } from "../../footprint/quantity";
import { formatCompact } from "../../format";
import { useLoad } from "../../state/load";
import { placeParams } from "./choices";
import type { Asked } from "./load";

interface SplitsProps extends Asked {
  answer: FootprintPage;
}

export function Splits({ answer, ...asked }: SplitsProps) {
  const { search, final, final_by, training, inference } = answer;
  return (
    <section class="footprint-splits" aria-label="What for">
      <Split
        title="Search and final model"
        parts={[
          { name: "search", footprint: search },
          { name: "final model", footprint: final },
        ]}
        about={final_by}
        none="No run is the final one yet: tag it “final”, or let a sweep find it."
      />
      <Split
        title="Training and inference"
        parts={[
          { name: "training", footprint: training },
          { name: "inference", footprint: inference },
        ]}
        about={inference && asked.project && <Passes {...asked} />}
        none="No inference was metered yet: cairn meter -- ./serve.sh"
      />
    </section>
  );
}

/** When serving the model has used as much as making it. */
function Passes({ project, choices }: Asked) {
  const params = { ...placeParams(choices), model: project };
  const to = "/footprint/break_even";
  const { data } = useLoad(urlOf(to, params), (signal) =>
    api.get<BreakEven>(to, params, { signal }),
  );
  if (!data) return null;
  const { requests, days, served } = data;
  return (
    <>
      Inference passes training after {formatCompact(requests)} requests
      {days !== null && ` or ${formatCompact(days)} days at this rate`}; {formatCompact(served)}{" "}
      were served.
    </>
  );
}

interface SplitProps {
  title: string;
  /** The second is what may be missing. */
  parts: { name: string; footprint: Footprint | null }[];
  about: preact.ComponentChildren;
  none: string;
}

function Split({ title, parts, about, none }: SplitProps) {
  const kwh = parts.map(({ footprint }) => footprint?.energy_kwh.value ?? 0);
  const all = kwh.reduce((sum, each) => sum + each, 0);
  return (
    <div class="footprint-split">
      <h3>{title}</h3>
      {all > 0 && (
        <div class="footprint-bar" aria-hidden="true">
          {parts.map(
            ({ name }, i) =>
              kwh[i]! > 0 && (
                <i key={name} class={`split-${i}`} style={{ width: `${(kwh[i]! / all) * 100}%` }} />
              ),
          )}
        </div>
      )}
      <ul>
        {parts.map(({ name, footprint }, i) => (
          <li key={name}>
            <span class={`footprint-key split-${i}`}>{name}</span>
            {footprint ? (
              <>
                <b>{print(energyOf(footprint.energy_kwh))}</b>
                <span class="soft">{all > 0 && printShare(kwh[i]! / all)}</span>
              </>
            ) : (
              <span class="soft">–</span>
            )}
          </li>
        ))}
      </ul>
      <p class="soft">{parts[1]?.footprint ? about : none}</p>
    </div>
  );
}
