import type { Lang } from "../../lang/format";
import { percent, short } from "../../lang/format";
import { font, type Mode, type Palette, palettes } from "../tokens";

/** What a chart is drawn with. */
export interface Look extends Palette {
  lang: Lang;
  mode: Mode;
  narrow: boolean; // less than 520 px
  width: number;
  height: number;
}

export const lookOf = (mode: Mode, lang: Lang, width: number, height: number): Look => ({
  ...palettes[mode],
  lang,
  mode,
  width,
  height,
  narrow: width < 520,
});

/** An option of the charts' library; loosely typed, as its own types are very large. */
export type Option = Record<string, unknown>;

/** What a mark of a chart carries when it is clicked: where its customers are. */
export interface Mark {
  to?: string | undefined;
}

export const text = (look: Look): Option => ({ fontFamily: font, color: look.ink, fontSize: 12 });

export const valueAxis = (look: Look, more: Option = {}): Option => ({
  type: "value",
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: look.line } },
  nameTextStyle: { color: look.quiet },
  ...more,
  axisLabel: { color: look.quiet, formatter: (v: number) => short(v, look.lang), ...(more.axisLabel as Option) },
});

export const plainAxis = (look: Look, more: Option = {}): Option => ({
  axisLine: { lineStyle: { color: look.line } },
  axisTick: { show: false },
  splitLine: { show: false },
  nameTextStyle: { color: look.quiet },
  ...more,
  axisLabel: { color: look.quiet, hideOverlap: true, ...(more.axisLabel as Option) },
});

export const grid = (more: Option = {}): Option => ({
  left: 4,
  right: 8,
  top: 16,
  bottom: 4,
  outerBoundsMode: "same",
  outerBoundsContain: "axisLabel",
  ...more,
});

export const tooltip = (look: Look, more: Option = {}): Option => ({
  trigger: "axis",
  confine: true,
  transitionDuration: 0,
  backgroundColor: look.card,
  borderColor: look.line,
  padding: [8, 12],
  textStyle: { color: look.ink, fontSize: 12, fontFamily: font },
  axisPointer: { type: "line", lineStyle: { color: look.quiet, width: 1, type: "solid" } },
  ...more,
});

/** The contents of a tooltip, made of elements: texts of people never become HTML. */
export function tip(title: string, rows: readonly { colour?: string; name: string; value: string }[]): HTMLElement {
  const box = document.createElement("div");
  box.className = "tip";
  const head = document.createElement("div");
  head.textContent = title;
  box.append(head);
  for (const r of rows) {
    const row = document.createElement("div");
    row.className = "tip-row";
    if (r.colour) {
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      dot.setAttribute("class", "dot");
      dot.setAttribute("viewBox", "0 0 10 10");
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [k, v] of Object.entries({ width: "10", height: "10", rx: "2", fill: r.colour }))
        rect.setAttribute(k, v);
      dot.append(rect);
      row.append(dot);
    }
    const name = document.createElement("span");
    name.textContent = r.name;
    const value = document.createElement("b");
    value.textContent = r.value;
    row.append(name, value);
    box.append(row);
  }
  return box;
}

/** How wide a label is at 12 px, roughly. */
export function wide(s: string): number {
  let n = 0;
  for (const c of s) n += (c.codePointAt(0) ?? 0) > 0x2e80 ? 12 : 6.8;
  return Math.ceil(n);
}

/** The end of an axis that begins at zero, and the step of its marks. */
export function roof(most: number): { max: number; interval: number } {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => s >= rough) ?? rough;
  return { max: Math.ceil(most / step) * step || 1, interval: step || 1 };
}

/**
 * Moves labels that stand at the given heights, in pixels from the top, so far that
 * none is closer to the next than gap; returns by how much each moves.
 */
export function apart(heights: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = heights.map((_, k) => k).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const at = order.map((k) => heights[k] ?? 0);
  for (let round = 0; round < 200; round++) {
    let moved = false;
    for (let j = 1; j < at.length; j++) {
      const close = gap - ((at[j] ?? 0) - (at[j - 1] ?? 0));
      if (close > 0.5) {
        at[j - 1] = (at[j - 1] ?? 0) - close / 2;
        at[j] = (at[j] ?? 0) + close / 2;
        moved = true;
      }
    }
    for (let j = 0; j < at.length; j++) {
      at[j] = Math.min(bottom - (at.length - 1 - j) * gap, Math.max(top + j * gap, at[j] ?? 0));
    }
    if (!moved) break;
  }
  const shift = new Array<number>(heights.length).fill(0);
  order.forEach((k, j) => {
    shift[k] = (at[j] ?? 0) - (heights[k] ?? 0);
  });
  return shift;
}

export const share = (v: number) => percent(v, 0);
