// Revenue by month, first purchases and repeats.
import { dot, escape, plainAxis, short, tooltip, valueAxis } from "./theme.js";

export function months(data, theme, { narrow }) {
  const names = theme.lang === "zh" ? ["回头购买", "首购"] : ["Repeat", "First purchase"];
  const colours = [theme.brand, theme.soft];
  const last = data.months.length - 1;
  const bars = (values, k) => ({
    type: "bar",
    name: names[k],
    stack: "all",
    barMaxWidth: 28,
    data: values.map((value, m) => ({
      value: Math.max(0, value),
      itemStyle: m === last && data.open ? { color: colours[k], opacity: 0.45 } : { color: colours[k] },
    })),
    itemStyle: { color: colours[k] },
  });
  return {
    grid: { left: 8, right: 8, top: 36, bottom: 8, containLabel: true },
    tooltip: tooltip(theme, {
      formatter: (points) => {
        const open = data.open && points[0].dataIndex === last ? (theme.lang === "zh" ? "（未满）" : " (open)") : "";
        const rows = points.map((p) => `${dot(colours[p.seriesIndex])}${escape(p.seriesName)} <b>${escape(data.symbol)}${short(p.value, theme.lang)}</b>`);
        return [points[0].axisValue + open, ...rows.reverse()].join("<br>");
      },
    }),
    xAxis: plainAxis(theme, { type: "category", data: data.months, axisLabel: { color: theme.quiet, hideOverlap: true, formatter: (m) => (narrow ? m.slice(2) : m) } }),
    yAxis: valueAxis(theme, {
      name: `{a|■} ${names[0]}   {b|■} ${names[1]}`,
      nameLocation: "end",
      nameTextStyle: { color: theme.quiet, align: "left", padding: [0, 0, 4, -28], rich: { a: { color: colours[0] }, b: { color: colours[1] } } },
      axisLabel: { color: theme.quiet, formatter: (v) => data.symbol + short(v, theme.lang) },
    }),
    series: [bars(data.repeat, 0), bars(data.first, 1)],
  };
}
