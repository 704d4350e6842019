import { expect, it } from "vitest";
import { apart, roof } from "./look";
import { csv } from "./sheet";

it("writes CSV that a spreadsheet takes for text and nothing else", () => {
  const text = csv({
    columns: [{ label: "name" }, { label: "n" }],
    rows: [{ values: ["=1+1", 2] }, { values: ['a "b", c', null] }, { values: ["-5", -5] }],
  });
  expect(text).toBe('\uFEFFname,n\r\n\'=1+1,2\r\n"a ""b"", c",\r\n\'-5,-5\r\n');
});

it("moves labels apart and keeps them within the chart", () => {
  const at = [100, 102, 104, 300];
  const moved = apart(at, 16, 10, 310).map((s, k) => s + (at[k] ?? 0));
  const sorted = [...moved].sort((a, b) => a - b);
  sorted.forEach((y, k) => {
    if (k) expect(y - (sorted[k - 1] ?? 0)).toBeGreaterThanOrEqual(15);
  });
  expect(Math.max(...moved)).toBeLessThanOrEqual(310);
});

it("ends axes at a round number above the most", () => {
  expect(roof(2041)).toEqual({ max: 3000, interval: 1000 });
  for (const most of [1, 7, 19, 2041, 999_999]) expect(roof(most).max).toBeGreaterThanOrEqual(most);
});
