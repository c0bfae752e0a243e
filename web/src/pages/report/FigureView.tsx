// A figure as the server draws it for paper and screen, and as files to take away.
import { request, urlOf } from "../../api/client";
import type { Figure } from "../../api/report";
import { saveFile } from "../../save";
import { Menu, toastError, type MenuEntry } from "../../ui";
import { reportParams, reportPath, type Asked } from "./load";

const kPngScale = 2; // sharp on paper too

export function FigureView({ figure, asked }: { figure: Figure; asked: Asked }) {
  const { name, title, svg } = figure;
  // A file brings its own colours; what is shown here takes those of the page.
  const load = async (format: "svg" | "csv"): Promise<string> => {
    const params = { ...reportParams(asked, format), figure: name };
    return (await request("GET", urlOf(reportPath(asked.project), params))).text();
  };
  const saved = (file: Promise<Blob | string>, suffix: string, type: string) =>
    void file.then((content) => saveFile(`${name}.${suffix}`, content, type)).catch(toastError);
  const entries: MenuEntry[] = [
    { label: "SVG", icon: "download", onSelect: () => saved(load("svg"), "svg", "image/svg+xml") },
    {
      label: "PNG",
      icon: "download",
      onSelect: () => saved(load("svg").then((file) => pngOf(file, figure)), "png", "image/png"),
    },
    { label: "CSV", icon: "download", onSelect: () => saved(load("csv"), "csv", "text/csv") },
  ];
  return (
    <figure class="report-figure" aria-label={title}>
      {/* The server's own drawing: every text in it is escaped there. */}
      <div dangerouslySetInnerHTML={{ __html: svg }} />
      <figcaption>
        {title}
        <Menu icon="download" small align="end" label={`Export ${title}`} entries={entries} />
      </figcaption>
    </figure>
  );
}

async function pngOf(svg: string, { width, height }: Figure): Promise<Blob> {
  const image = new Image(width * kPngScale, height * kPngScale);
  const at = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    image.src = at;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const pen = canvas.getContext("2d")!;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) =>
      canvas.toBlob((png) => (png ? done(png) : failed(new Error("the figure is too large")))),
    );
  } finally {
    URL.revokeObjectURL(at);
  }
}
