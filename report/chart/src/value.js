// Customer value: how it is spread, how concentrated, how well it was predicted.
import { escape, percent, plainAxis, short, tooltip, valueAxis, whole, wide } from "./theme.js";

export function clv(bins, theme, { narrow }) {
  const total = bins.reduce((sum, b) => sum + b.customers, 0);
  return {
    grid: { left: 8, right: 8, top: 24, bottom: 8, containLabel: true },
    tooltip: tooltip(theme, {
      axisPointer: { type: "none" },
      formatter: ([p]) => `${escape(p.axisValue)}<br><b>${whole(p.value)}</b> · ${percent(p.value / total)}`,
    }),
    xAxis: plainAxis(theme, { type: "category", data: bins.map((b) => theme.say(b.label)), axisLabel: { color: theme.quiet, rotate: narrow || bins.length > 7 ? 40 : 0, interval: 0, fontSize: 11 } }),
    yAxis: valueAxis(theme, { axisLabel: { color: theme.quiet, formatter: (v) => short(v, theme.lang) } }),
    series: [{
      type: "bar",
      barCategoryGap: "12%",
      data: bins.map((b) => b.customers),
      itemStyle: { color: theme.brand, borderRadius: [3, 3, 0, 0] },
      label: { show: !narrow, position: "top", color: theme.quiet, fontSize: 11, formatter: (p) => percent(p.value / total, 0) },
    }],
  };
}

export function lorenz(data, theme) {
  const zh = theme.lang === "zh";
  const names = zh ? ["已发生的收入", "未来 12 个月"] : ["Revenue to date", "Next 12 months"];
  const line = (points, name, colour, type) => ({
    type: "line", name, data: points, symbol: "none",
    lineStyle: { color: colour, width: 2, type }, itemStyle: { color: colour },
  });
  const curves = [line(data.past, names[0], theme.brand, "solid")];
  if (data.future.length) curves.push(line(data.future, names[1], theme.quiet, "solid"));
  curves.push({ ...line([[0, 0], [1, 1]], "", theme.line, "dashed"), silent: true, tooltip: { show: false } });
  // Labels stand where the curve leaves room: above it at four fifths of the
  // customers, below it at three fifths.
  const at = (points, x) => points.reduce((best, p) => (Math.abs(p[0] - x) < Math.abs(best[0] - x) ? p : best), points[0]);
  curves.slice(0, data.future.length ? 2 : 1).forEach((c, k) => {
    const p = at(c.data, k ? 0.6 : 0.8);
    curves.push({
      type: "scatter", data: [p], symbolSize: 7, itemStyle: { color: k ? theme.quiet : theme.brand }, silent: true, tooltip: { show: false },
      label: { show: true, position: k ? "right" : "left", offset: [0, k ? 10 : -4], color: theme.ink, fontSize: 12, formatter: `${c.name} ${percent(p[0], 0)} → ${percent(p[1])}` },
    });
  });
  return {
    grid: { left: 8, right: 20, top: 12, bottom: 8, containLabel: true },
    tooltip: tooltip(theme, {
      formatter: (points) => points.filter((p) => p.seriesName === names[0] || p.seriesName === names[1])
        .map((p) => `${escape(p.seriesName)}: ${percent(p.value[0], 0)} → <b>${percent(p.value[1])}</b>`).join("<br>"),
    }),
    xAxis: plainAxis(theme, { type: "value", min: 0, max: 1, axisLabel: { color: theme.quiet, formatter: (v) => percent(v, 0) } }),
    yAxis: valueAxis(theme, { min: 0, max: 1, axisLabel: { color: theme.quiet, formatter: (v) => percent(v, 0) } }),
    series: curves,
  };
}

export function holdout(weeks, theme) {
  const zh = theme.lang === "zh";
  const names = zh ? ["实际", "预测"] : ["Actual", "Predicted"];
  return {
    grid: { left: 8, right: Math.max(...names.map(wide)) + 16, top: 16, bottom: 8, containLabel: true },
    tooltip: tooltip(theme, {
      formatter: (points) => [zh ? `第 ${points[0].axisValue} 周` : `Week ${points[0].axisValue}`,
        ...points.map((p) => `${escape(p.seriesName)} <b>${whole(p.value)}</b>`)].join("<br>"),
    }),
    xAxis: plainAxis(theme, { type: "category", boundaryGap: false, data: weeks.map((w) => w.week), axisLabel: { color: theme.quiet, hideOverlap: true, formatter: (w) => (zh ? `${w} 周` : `w ${w}`) } }),
    yAxis: valueAxis(theme, { axisLabel: { color: theme.quiet, formatter: (v) => short(v, theme.lang) } }),
    series: [
      { type: "line", name: names[0], data: weeks.map((w) => w.actual), symbol: "none", lineStyle: { color: theme.brand, width: 2 }, itemStyle: { color: theme.brand }, endLabel: { show: true, formatter: names[0], color: theme.ink }, labelLayout: { moveOverlap: "shiftY" } },
      { type: "line", name: names[1], data: weeks.map((w) => w.predicted), symbol: "none", lineStyle: { color: theme.quiet, width: 2, type: "dashed" }, itemStyle: { color: theme.quiet }, endLabel: { show: true, formatter: names[1], color: theme.ink }, labelLayout: { moveOverlap: "shiftY" } },
    ],
  };
}
