// The stages over time, and the flow between them.
import { apart, dot, escape, plainAxis, roof, short, tooltip, valueAxis, whole, wide } from "./theme.js";

export function stages(data, theme, { narrow, height }) {
  const last = data.days.length - 1;
  const names = data.stages.map((s) => theme.say(s.name));
  const right = Math.max(...names.map(wide)) + 16;
  const axis = roof(Math.max(...data.days.map((_, d) => data.stages.reduce((sum, s) => sum + s.values[d], 0))));
  // Labels of thin bands move apart: each stands at the top of its band.
  const top = 12, bottom = height - 30;
  let below = 0;
  const heights = data.stages.map((s) => {
    below += s.values[last];
    return bottom - (below / axis.max) * (bottom - top);
  });
  const shift = apart(heights, 15, top, bottom);
  return {
    grid: { left: 8, right, top: 12, bottom: 8, containLabel: true },
    tooltip: tooltip(theme, {
      formatter: (points) => {
        const rows = points.map((p) => {
          const s = data.stages[data.stages.length - 1 - p.seriesIndex];
          return `${dot(s.colour)}${escape(theme.say(s.name))} <b>${whole(p.value)}</b>`;
        });
        return [points[0].axisValue, ...rows.reverse()].join("<br>");
      },
    }),
    xAxis: plainAxis(theme, { type: "category", data: data.days, boundaryGap: false, axisLabel: { color: theme.quiet, hideOverlap: true, formatter: (d) => (narrow ? d.slice(2, 7) : d) } }),
    yAxis: valueAxis(theme, { ...axis, min: 0, axisLabel: { color: theme.quiet, formatter: (v) => short(v, theme.lang) } }),
    // ECharts stacks upwards, the data read downwards: lost lies at the bottom.
    series: data.stages.map((s, k) => ({
      type: "line",
      name: theme.say(s.name),
      stack: "all",
      symbol: "none",
      data: s.values,
      lineStyle: { width: 1, color: theme.card },
      areaStyle: { color: s.colour, opacity: 1 },
      itemStyle: { color: s.colour },
      endLabel: { show: s.values[last] > 0, formatter: theme.say(s.name), color: theme.ink, fontSize: 12, distance: 6, offset: [0, shift[k] + 6] },
      z: 2 + k,
    })),
  };
}

export function flow(data, theme, { narrow }) {
  const names = new Map(data.nodes.map((n) => [n.id, n]));
  return {
    tooltip: {
      ...tooltip(theme, { trigger: "item" }),
      formatter: (p) => {
        if (p.dataType === "edge") {
          const a = theme.say(names.get(p.data.source).name);
          const b = theme.say(names.get(p.data.target).name);
          return `${escape(a)} → ${escape(b)} <b>${whole(p.data.value)}</b>`;
        }
        return `${escape(theme.say(names.get(p.name).name))} <b>${whole(p.value)}</b>`;
      },
    },
    series: [{
      type: "sankey",
      left: narrow ? 56 : 76,
      right: narrow ? 56 : 84,
      top: 12,
      bottom: 12,
      nodeGap: 10,
      nodeWidth: 14,
      draggable: false,
      layoutIterations: 0,
      emphasis: { focus: "adjacency" },
      data: data.nodes.map((n) => ({
        name: n.id,
        depth: n.depth,
        itemStyle: { color: n.colour, borderColor: theme.card, borderWidth: 1 },
        label: { position: n.depth === 0 ? "left" : "right", formatter: () => theme.say(n.name), color: theme.ink, fontSize: 12 },
      })),
      links: data.links,
      lineStyle: { color: "source", opacity: 0.28, curveness: 0.5 },
    }],
  };
}
