// What a project used: energy, carbon and money, by day, user and run, and what else it could be.
import { useEffect } from "preact/hooks";
import { messageOf } from "../../api/client";
import { query } from "../../state/url";
import { Empty, Failure, Loading } from "../../ui";
import { TopBar } from "../../ui/TopBar";
import { Breakdown } from "./Breakdown";
import { ChoiceBar } from "./ChoiceBar";
import { choiceSignals, readChoices } from "./choices";
import { Days } from "./Days";
import { Export } from "./Export";
import "./footprint.css";
import { Grounds } from "./Grounds";
import { Head } from "./Head";
import { useFootprint, type Asked } from "./load";
import type { By } from "./numbers";
import { Returns } from "./Returns";
import { Splits } from "./Splits";
import { WhatIf } from "./WhatIf";

export interface FootprintPageProps {
  /** "": all that the reader may see. */
  project: string;
}

export default function FootprintPage({ project }: FootprintPageProps) {
  const signals = choiceSignals();
  const choices = readChoices(signals);
  useEffect(() => {
    document.title = ["Footprint", project, "Cairn"].filter(Boolean).join(" · ");
  }, [project]);
  return (
    <div class="frame">
      <TopBar project={project} here="Footprint">
        <Export project={project} choices={choices} />
      </TopBar>
      <main class="footprint">
        <ChoiceBar signals={signals} />
        <Body project={project} choices={choices} />
      </main>
    </div>
  );
}

function Body({ project, choices }: Asked) {
  const asked = { project, choices };
  const by = query<string>("f.by", project ? "run" : "project");
  const { data, error, reload } = useFootprint(asked, "day");
  if (!data) return error ? <Failure error={error} onRetry={reload} /> : <Loading />;
  if (data.runs === 0)
    return (
      <Empty icon="energy" title="No run here">
        {choices.filter || choices.since
          ? "No run fits what is chosen above."
          : "What runs use appears here with the first of them."}
      </Empty>
    );
  if (!data.total) return <NothingKnown runs={data.runs} />;
  return (
    <>
      {error !== undefined && <p class="bad">{messageOf(error)}</p>}
      <Head answer={data} total={data.total} />
      <div class="footprint-columns">
        <Days groups={data.groups} />
        <Splits {...asked} answer={data} />
      </div>
      <Breakdown {...asked} by={by.value as By} onBy={(next) => (by.value = next)} />
      {project && (
        <div class="footprint-columns">
          <Returns {...asked} />
          <WhatIf {...asked} />
        </div>
      )}
      <Grounds {...data.total} />
    </>
  );
}

function NothingKnown({ runs }: { runs: number }) {
  return (
    <Empty
      icon="energy"
      title="Nothing is known of their energy"
      command={"cairn energy doctor\nCAIRN_ZONE=FR cairn run -- python train.py"}
    >
      {runs === 1 ? "The run here does" : `None of the ${runs} runs here does`} say what it used, or
      on which machine. Runs that Cairn watches do; <code>doctor</code> tells which sensors can be
      read, and <code>CAIRN_ZONE</code> where the electricity comes from.
    </Empty>
  );
}
