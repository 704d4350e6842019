// The way from the first to the second order: curves with their bands and the
// golden window.
import { apart, dot, escape, percent, plainAxis, roof, tooltip, valueAxis, wide } from "./theme.js";

const colours = ["#0072B2", "#E69F00", "#CC79A7", "#56B4E9"];

export function rhythm(data, theme, { narrow, height }) {
  const zh = theme.lang === "zh";
  const series = [];
  const curves = narrow ? data.curves.slice(0, 3) : data.curves;
  const last = Math.max(...curves.map((c) => c.line.day[c.line.day.length - 1]));
  const axis = roof(Math.max(...curves.map((c) => Math.max(...(c.line.high || c.line.value)))));
  const top = 16, bottom = height - 30;
  const ends = curves.map((c) => bottom - (c.line.value[c.line.value.length - 1] / axis.max) * (bottom - top));
  const shift = apart(ends, 16, top, bottom);
  curves.forEach((c, k) => {
    const colour = c.main ? theme.brand : colours[(k - 1) % colours.length];
    const points = c.line.day.map((d, i) => [d, c.line.value[i]]);
    if (c.line.low) {
      series.push(
        { type: "line", stack: `band${k}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, data: c.line.day.map((d, i) => [d, c.line.low[i]]), tooltip: { show: false } },
        { type: "line", stack: `band${k}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, areaStyle: { color: colour, opacity: c.main ? 0.2 : 0.12 }, data: c.line.day.map((d, i) => [d, c.line.high[i] - c.line.low[i]]), tooltip: { show: false } },
      );
    }
    series.push({
      type: "line",
      id: `line${k}`,
      name: theme.say(c.name),
      symbol: "none",
      data: points,
      lineStyle: { width: c.main ? 2.5 : 1.5, color: colour },
      itemStyle: { color: colour },
      endLabel: { show: true, formatter: theme.say(c.shown), color: theme.ink, fontSize: 12, fontWeight: c.main ? 600 : 400, offset: [0, shift[k]] },
      z: c.main ? 5 : 4,
      markArea: c.main && data.window ? {
        silent: true,
        itemStyle: { color: theme.brand, opacity: 0.08 },
        label: { position: "insideTopLeft", color: theme.brand, fontSize: 12, formatter: zh ? "黄金窗口期" : "Golden window" },
        data: [[{ xAxis: data.window[0] }, { xAxis: data.window[1] }]],
      } : undefined,
    });
  });
  const right = Math.max(...curves.map((c) => wide(theme.say(c.shown)))) + 16;
  return {
    grid: { left: 8, right, top: 16, bottom: 8, containLabel: true },
    tooltip: tooltip(theme, {
      formatter: (points) => {
        const lines = points.filter((p) => String(p.seriesId).startsWith("line"));
        const rows = lines.map((p) => `${dot(p.color)}${escape(p.seriesName)} <b>${percent(p.value[1])}</b>`);
        const day = points[0].axisValue;
        return [zh ? `第 ${day} 天` : `Day ${day}`, ...rows].join("<br>");
      },
    }),
    xAxis: plainAxis(theme, {
      type: "value", min: 0, max: last, interval: last > 200 ? 60 : 30, splitLine: { show: false },
      axisLabel: { color: theme.quiet, showMaxLabel: false, formatter: (d) => (zh ? `${d} 天` : `${d} d`) },
    }),
    yAxis: valueAxis(theme, { ...axis, min: 0, axisLabel: { color: theme.quiet, formatter: (v) => percent(v, 0) } }),
    series,
  };
}
