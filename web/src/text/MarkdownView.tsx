// Notes in Markdown, drawn: nodes only, never markup out of the text.
import { Fragment, type ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { parseMarkdown, type Align, type Block, type Inline, type ListItem } from "./markdown";
import "./text.css";

export function MarkdownView({ text }: { text: string }) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return <div class="markdown">{drawBlocks(blocks)}</div>;
}

function drawBlocks(blocks: Block[]): ComponentChildren {
  return blocks.map((block, index) => <Fragment key={index}>{drawBlock(block)}</Fragment>);
}

function drawBlock(block: Block): ComponentChildren {
  switch (block.kind) {
    case "heading":
      return drawHeading(block.level, drawInline(block.inline));
    case "paragraph":
      return <p>{drawInline(block.inline)}</p>;
    case "code":
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote>{drawBlocks(block.blocks)}</blockquote>;
    case "list":
      return block.ordered ? (
        <ol start={block.start}>{block.items.map(drawItem)}</ol>
      ) : (
        <ul>{block.items.map(drawItem)}</ul>
      );
    case "table":
      return drawTable(block);
    case "rule":
      return <hr />;
  }
}

// The page has headings of its own above these.
function drawHeading(level: number, children: ComponentChildren): ComponentChildren {
  const name = `heading heading-${Math.min(level, 4)}`;
  if (level === 1) return <h3 class={name}>{children}</h3>;
  if (level === 2) return <h4 class={name}>{children}</h4>;
  return <h5 class={name}>{children}</h5>;
}

function drawItem({ done, blocks }: ListItem, index: number): ComponentChildren {
  // Lists without blank lines between their items are drawn without paragraphs.
  const [first, ...rest] = blocks;
  const lead = first?.kind === "paragraph" ? drawInline(first.inline) : first && drawBlock(first);
  return (
    <li key={index} class={done === undefined ? undefined : "task"}>
      {done !== undefined && <input type="checkbox" checked={done} disabled />}
      {lead}
      {drawBlocks(rest)}
    </li>
  );
}

function drawTable({ align, head, rows }: Extract<Block, { kind: "table" }>): ComponentChildren {
  const style = (column: number): Align => align[column];
  return (
    <div class="markdown-table">
      <table>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th key={column} style={{ textAlign: style(column) }}>
                {drawInline(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} style={{ textAlign: style(column) }}>
                  {drawInline(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function drawInline(parts: Inline[]): ComponentChildren {
  return parts.map((part, index) => {
    switch (part.kind) {
      case "text":
        return part.text;
      case "code":
        return <code key={index}>{part.text}</code>;
      case "break":
        return <br key={index} />;
      case "strong":
        return <strong key={index}>{drawInline(part.inline)}</strong>;
      case "em":
        return <em key={index}>{drawInline(part.inline)}</em>;
      case "strike":
        return <s key={index}>{drawInline(part.inline)}</s>;
      case "link":
        return (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {drawInline(part.inline)}
          </a>
        );
    }
  });
}
