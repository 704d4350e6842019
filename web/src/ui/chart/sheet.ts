// What a chart shows, as a table: for reading, and for taking along as a file.

export type Value = string | number | null;

export interface Sheet {
  columns: readonly { label: string; show?: (value: Value) => string; number?: boolean }[];
  rows: readonly { values: readonly Value[]; to?: string }[];
}

/** Writes a sheet as CSV for spreadsheets, which take what begins like a formula for one. */
export function csv(sheet: Sheet): string {
  const cell = (v: Value) => {
    if (v == null) return "";
    if (typeof v === "number") return String(v);
    const text = /^[=+\-@\t\r]/.test(v) ? `'${v}` : v;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [sheet.columns.map((c) => c.label), ...sheet.rows.map((r) => r.values)];
  // The mark tells spreadsheets that this is UTF-8.
  return `\uFEFF${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** Hands a file to the person. */
export function save(name: string, blob: Blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
