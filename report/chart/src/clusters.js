// The map of the clusters: customers that behave alike lie close.
import { escape, plainAxis, tooltip } from "./theme.js";

export function clusters(data, theme, { narrow }) {
  const range = (k) => {
    const all = data.groups.flatMap((g) => [...g.points, g.centre].map((p) => p[k]));
    const low = Math.min(...all), high = Math.max(...all), room = (high - low) * 0.06 || 1;
    return { min: low - room, max: high + room };
  };
  const x = range(0), y = range(1);
  const axis = (name, ends) => plainAxis(theme, {
    type: "value", name, nameLocation: "middle", nameGap: 12, ...ends,
    axisLabel: { show: false }, axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
  });
  const points = data.groups.map((g) => ({
    type: "scatter", name: theme.say(g.name), data: g.points, symbolSize: narrow ? 5 : 6,
    itemStyle: { color: g.colour, opacity: 0.55 },
  }));
  const centres = data.groups.map((g, k) => ({
    type: "scatter", name: theme.say(g.name), data: [g.centre], symbolSize: 20, z: 5,
    itemStyle: { color: g.colour, borderColor: theme.ink, borderWidth: 1.5 },
    label: { show: true, formatter: String(k + 1), position: "inside", color: g.ink, fontSize: 12, fontWeight: 600 },
  }));
  return {
    grid: { left: 28, right: 12, top: 12, bottom: 28 },
    tooltip: tooltip(theme, { trigger: "item", formatter: (p) => escape(p.seriesName) }),
    xAxis: axis(theme.say(data.x), x),
    yAxis: axis(theme.say(data.y), y),
    series: [...points, ...centres],
  };
}
