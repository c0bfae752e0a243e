// What the reader takes away: files, and tables as lines of CSV (RFC 4180).

/** Hands a file to the reader. */
export function saveFile(name: string, content: Blob | string, type = "text/plain"): void {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** One line, with quotes where a comma, quote or line break asks for them. */
export function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((field) =>
    /[",\r\n]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field,
  );
  return quoted.join(",") + "\r\n";
}

/** A text that a spreadsheet would run as a formula stays a text. */
export function inert(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
}
