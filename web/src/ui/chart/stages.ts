import { count, dayShort, short } from "../../lang/format";
import { apart, grid, type Look, type Option, plainAxis, roof, tip, tooltip, valueAxis, wide } from "./look";

export interface Band {
  name: string;
  colour: string;
  values: readonly number[];
  to?: string | undefined;
}

/** Customers in each stage over time, stacked; bands are given from the bottom up. */
export function stagesOverTime(days: readonly string[], bands: readonly Band[]) {
  return (look: Look): Option => {
    const last = days.length - 1;
    const top = 12;
    const bottom = look.height - 26;
    const axis = roof(Math.max(...days.map((_, d) => bands.reduce((sum, b) => sum + (b.values[d] ?? 0), 0))));
    let below = 0;
    const middles = bands.map((b) => {
      const v = b.values[last] ?? 0;
      below += v;
      return bottom - ((below - v / 2) / axis.max) * (bottom - top);
    });
    const shift = apart(middles, 16, top, bottom);
    return {
      grid: grid({ right: Math.max(...bands.map((b) => wide(b.name))) + 20, top }),
      tooltip: tooltip(look, {
        formatter: (points: { dataIndex: number }[]) => {
          const d = points[0]?.dataIndex ?? 0;
          return tip(
            days[d] ?? "",
            bands.map((b) => ({ colour: b.colour, name: b.name, value: count(b.values[d]) })).reverse(),
          );
        },
      }),
      xAxis: plainAxis(look, {
        type: "category",
        data: days,
        boundaryGap: false,
        axisLabel: { formatter: (d: string) => (days.length > 60 ? d.slice(2, 7).replace("-", "/") : dayShort(d)) },
      }),
      yAxis: valueAxis(look, { ...axis, min: 0, axisLabel: { formatter: (v: number) => short(v, look.lang) } }),
      series: bands.map((b, k) => {
        const v = b.values[last] ?? 0;
        const half = (v / axis.max / 2) * (bottom - top);
        return {
          type: "line",
          name: b.name,
          stack: "all",
          symbol: "none",
          data: b.values.map((value) => ({ value, to: b.to })),
          lineStyle: { width: 1, color: look.card },
          areaStyle: { color: b.colour, opacity: look.mode === "dark" ? 0.85 : 1 },
          itemStyle: { color: b.colour },
          triggerEvent: true, // of its area, too
          // The label stands beside the middle of its band, or as near as others let it.
          endLabel: {
            show: v > 0,
            formatter: b.name,
            color: look.ink,
            fontSize: 12,
            distance: 6,
            offset: [0, half + (shift[k] ?? 0)],
          },
        };
      }),
    };
  };
}

export interface Flow {
  nodes: readonly { id: string; name: string; colour: string; depth: number; to?: string | undefined }[];
  links: readonly { source: string; target: string; value: number; to?: string | undefined }[];
}

/** From which stage customers came and in which they are, as a Sankey diagram. */
export function stageFlow(flow: Flow) {
  const names = new Map(flow.nodes.map((n) => [n.id, n.name]));
  const side = (depth: number) =>
    Math.max(0, ...flow.nodes.filter((n) => n.depth === depth).map((n) => wide(n.name))) + 12;
  return (look: Look): Option => ({
    tooltip: tooltip(look, {
      trigger: "item",
      formatter: (p: {
        dataType: string;
        name: string;
        value: number;
        data: { source: string; target: string; value: number };
      }) =>
        p.dataType === "edge"
          ? tip(`${names.get(p.data.source)} → ${names.get(p.data.target)}`, [{ name: "", value: count(p.data.value) }])
          : tip(names.get(p.name) ?? "", [{ name: "", value: count(p.value) }]),
    }),
    series: [
      {
        type: "sankey",
        left: side(0),
        right: side(1),
        top: 12,
        bottom: 12,
        nodeGap: 12,
        nodeWidth: 14,
        draggable: false,
        layoutIterations: 0,
        emphasis: { focus: "adjacency" },
        data: flow.nodes.map((n) => ({
          name: n.id,
          depth: n.depth,
          to: n.to,
          itemStyle: { color: n.colour, borderColor: look.card, borderWidth: 1 },
          label: { position: n.depth === 0 ? "left" : "right", formatter: n.name, color: look.ink, fontSize: 12 },
        })),
        links: flow.links,
        lineStyle: { color: "source", opacity: look.mode === "dark" ? 0.4 : 0.28, curveness: 0.5 },
      },
    ],
  });
}
