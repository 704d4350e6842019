import { count, percent, short } from "../../lang/format";
import { grid, type Look, type Option, plainAxis, share, tip, tooltip, valueAxis, wide } from "./look";

export interface Bar {
  name: string;
  value: number;
  to?: string | undefined;
}

/** How many are in each bin; above each bar its share of all. */
export function bins(bars: readonly Bar[], shareOf: number) {
  return (look: Look): Option => ({
    grid: grid({ top: 24 }),
    tooltip: tooltip(look, {
      axisPointer: { type: "none" },
      formatter: (p: { dataIndex: number }[]) => {
        const b = bars[p[0]?.dataIndex ?? 0];
        return tip(b?.name ?? "", [{ name: "", value: `${count(b?.value)} · ${percent((b?.value ?? 0) / shareOf)}` }]);
      },
    }),
    xAxis: plainAxis(look, {
      type: "category",
      data: bars.map((b) => b.name),
      axisLabel: { interval: 0, fontSize: 11, rotate: look.narrow || bars.length > 7 ? 40 : 0 },
    }),
    yAxis: valueAxis(look),
    series: [
      {
        type: "bar",
        barCategoryGap: "14%",
        cursor: "pointer",
        data: bars.map((b) => ({ value: b.value, to: b.to })),
        itemStyle: { color: look.brand, borderRadius: [3, 3, 0, 0] },
        label: {
          show: !look.narrow,
          position: "top",
          color: look.quiet,
          fontSize: 11,
          formatter: (p: { value: number }) => percent(p.value / shareOf, 0),
        },
      },
    ],
  });
}

/** Two parts of a whole by month; the month that is not over stands paler. */
export function stackedMonths({
  months,
  parts,
  open,
  money,
}: {
  months: readonly string[];
  parts: readonly { name: string; values: readonly number[] }[]; // from the bottom up
  open: boolean;
  money: (v: number) => string;
}) {
  return (look: Look): Option => {
    const colours = [look.brand, look.scale[2] ?? look.line];
    const last = months.length - 1;
    return {
      grid: grid({ top: 12 }),
      tooltip: tooltip(look, {
        axisPointer: { type: "shadow", shadowStyle: { color: look.brand, opacity: 0.06 } },
        formatter: (p: { dataIndex: number }[]) => {
          const i = p[0]?.dataIndex ?? 0;
          return tip(
            months[i] ?? "",
            parts
              .map((s, k) => ({ colour: colours[k] ?? look.brand, name: s.name, value: money(s.values[i] ?? 0) }))
              .reverse(),
          );
        },
      }),
      xAxis: plainAxis(look, {
        type: "category",
        data: months,
        axisLabel: { formatter: (m: string) => m.slice(2).replace("-", "/") },
      }),
      yAxis: valueAxis(look, { axisLabel: { formatter: money } }),
      series: parts.map((s, k) => ({
        type: "bar",
        name: s.name,
        stack: "all",
        barMaxWidth: 28,
        data: s.values.map((value, i) => ({
          value: Math.max(0, value),
          itemStyle: { color: colours[k], opacity: open && i === last ? 0.45 : 1 },
        })),
      })),
    };
  };
}

/** The share of money that a share of customers brings, the least valuable first. */
export function lorenz(lines: readonly { name: string; points: readonly (readonly [number, number])[] }[]) {
  return (look: Look): Option => {
    const colours = [look.brand, look.quiet];
    const series: Option[] = lines.map((l, k) => ({
      type: "line",
      name: l.name,
      data: l.points,
      symbol: "none",
      lineStyle: { color: colours[k], width: 2 },
      itemStyle: { color: colours[k] },
    }));
    series.push({
      type: "line",
      data: [
        [0, 0],
        [1, 1],
      ],
      symbol: "none",
      silent: true,
      tooltip: { show: false },
      lineStyle: { color: look.line, type: "dashed" },
    });
    const near = (points: readonly (readonly [number, number])[], x: number) =>
      points.reduce((best, p) => (Math.abs(p[0] - x) < Math.abs(best[0] - x) ? p : best), points[0] ?? [0, 0]);
    lines.forEach((l, k) => {
      const p = near(l.points, k ? 0.6 : 0.8);
      series.push({
        type: "scatter",
        data: [p],
        symbolSize: 7,
        silent: true,
        tooltip: { show: false },
        itemStyle: { color: colours[k] },
        label: {
          show: true,
          position: k ? "right" : "left",
          offset: [0, k ? 10 : -4],
          color: look.ink,
          fontSize: 12,
          formatter: `${l.name} ${percent(p[0], 0)} → ${percent(p[1])}`,
        },
      });
    });
    return {
      grid: grid({ right: 20 }),
      tooltip: tooltip(look, {
        formatter: (points: { seriesName: string; color: string; value: [number, number] }[]) => {
          const known = points.filter((p) => lines.some((l) => l.name === p.seriesName));
          return tip(
            percent(known[0]?.value[0] ?? 0, 0),
            known.map((p) => ({ colour: p.color, name: p.seriesName, value: percent(p.value[1]) })),
          );
        },
      }),
      xAxis: plainAxis(look, {
        type: "value",
        min: 0,
        max: 1,
        splitLine: { show: false },
        axisLabel: { formatter: share },
      }),
      yAxis: valueAxis(look, { min: 0, max: 1, axisLabel: { formatter: share } }),
      series,
    };
  };
}

/** What was predicted and what came, by week. */
export function predicted(
  weeks: readonly { week: number; predicted: number; actual: number }[],
  names: { actual: string; predicted: string; week: (n: number) => string },
) {
  return (look: Look): Option => ({
    grid: grid({ right: Math.max(wide(names.actual), wide(names.predicted)) + 16 }),
    tooltip: tooltip(look, {
      formatter: (p: { dataIndex: number }[]) => {
        const w = weeks[p[0]?.dataIndex ?? 0];
        return tip(names.week(w?.week ?? 0), [
          { colour: look.brand, name: names.actual, value: count(w?.actual) },
          { colour: look.quiet, name: names.predicted, value: count(w?.predicted) },
        ]);
      },
    }),
    xAxis: plainAxis(look, { type: "category", boundaryGap: false, data: weeks.map((w) => w.week) }),
    yAxis: valueAxis(look, { axisLabel: { formatter: (v: number) => short(v, look.lang) } }),
    series: (["actual", "predicted"] as const).map((k) => ({
      type: "line",
      name: names[k],
      symbol: "none",
      data: weeks.map((w) => w[k]),
      lineStyle: {
        width: 2,
        color: k === "actual" ? look.brand : look.quiet,
        type: k === "actual" ? "solid" : "dashed",
      },
      itemStyle: { color: k === "actual" ? look.brand : look.quiet },
      endLabel: { show: true, formatter: names[k], color: look.ink },
      labelLayout: { moveOverlap: "shiftY" },
    })),
  });
}
