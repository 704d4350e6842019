// What the charts take from the page: its colours and its language.
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  const lang = document.documentElement.dataset.lang === "en" ? "en" : "zh";
  return {
    lang,
    say: (text) => text[lang],
    ink: of("--ink"), quiet: of("--quiet"), line: of("--line"), card: of("--card"),
    brand: of("--brand"), tint: of("--tint"), soft: of("--s3"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

// Numbers as the rest of the page writes them.
export const whole = (v) => Math.round(v).toLocaleString("en-US");
export const percent = (v, digits = 1) => `${(v * 100).toFixed(digits)}%`;

// short writes an axis label: 12,000 is 1.2 万 in Chinese and 12k in English.
export function short(v, lang) {
  const a = Math.abs(v);
  const trim = (x) => String(Number(x.toFixed(2)));
  if (lang === "zh") {
    if (a >= 1e8) return `${trim(v / 1e8)} 亿`;
    if (a >= 1e4) return `${trim(v / 1e4)} 万`;
    return whole(v);
  }
  if (a >= 1e6) return `${trim(v / 1e6)}m`;
  if (a >= 1e4) return `${trim(v / 1e3)}k`;
  return whole(v);
}

export const tooltip = (theme, more) => ({
  trigger: "axis",
  confine: true,
  backgroundColor: theme.card,
  borderColor: theme.line,
  textStyle: { color: theme.ink, fontSize: 12 },
  axisPointer: { type: "line", lineStyle: { color: theme.quiet, width: 1 } },
  ...more,
});

export const valueAxis = (theme, more) => ({
  type: "value",
  axisLabel: { color: theme.quiet },
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: theme.line } },
  nameTextStyle: { color: theme.quiet },
  ...more,
});

export const plainAxis = (theme, more) => ({
  axisLabel: { color: theme.quiet, hideOverlap: true },
  axisLine: { lineStyle: { color: theme.line } },
  axisTick: { show: false },
  splitLine: { show: false },
  nameTextStyle: { color: theme.quiet },
  ...more,
});

// escape makes text safe for tooltips, which are HTML.
export const escape = (s) =>
  String(s).replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);

// dot is a legend mark in a tooltip.
export const dot = (colour) =>
  `<span style="display:inline-block;width:8px;height:8px;border-radius:2px;margin-right:6px;background:${escape(colour)}"></span>`;

// wide estimates the width of a label in pixels at 12 px.
export function wide(s) {
  let n = 0;
  for (const c of s) n += c.codePointAt(0) > 0x2e80 ? 12 : 6.8;
  return Math.ceil(n);
}

// apart moves labels that stand at the given heights, in pixels from the top, so
// far that none is closer to the next than gap; it returns by how much each moves.
export function apart(heights, gap, top, bottom) {
  const order = heights.map((_, k) => k).sort((a, b) => heights[a] - heights[b]);
  const at = order.map((k) => heights[k]);
  for (let round = 0; round < 200; round++) {
    let moved = false;
    for (let j = 1; j < at.length; j++) {
      const close = gap - (at[j] - at[j - 1]);
      if (close > 0.5) {
        at[j - 1] -= close / 2;
        at[j] += close / 2;
        moved = true;
      }
    }
    for (let j = 0; j < at.length; j++) at[j] = Math.min(bottom - (at.length - 1 - j) * gap, Math.max(top + j * gap, at[j]));
    if (!moved) break;
  }
  const shift = new Array(heights.length);
  order.forEach((k, j) => { shift[k] = at[j] - heights[k]; });
  return shift;
}

// roof is the end of an axis that begins at zero, and the step of its marks.
export function roof(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => s >= rough);
  return { max: Math.ceil(most / step) * step, interval: step };
}
