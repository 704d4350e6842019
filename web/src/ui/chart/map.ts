import { inkOn } from "../tokens";
import { type Look, type Option, plainAxis, tip, tooltip } from "./look";

export interface Group {
  name: string;
  colour: string;
  centre: readonly [number, number];
  points: readonly (readonly [number, number])[];
  to?: string | undefined;
}

/** Customers that behave alike lie close; the number in each middle is the group's. */
export function clusterMap(groups: readonly Group[], axes: { x: string; y: string }) {
  return (look: Look): Option => {
    const range = (k: 0 | 1) => {
      const all = groups.flatMap((g) => [...g.points, g.centre].map((p) => p[k]));
      const [low, high] = [Math.min(...all), Math.max(...all)];
      const room = (high - low) * 0.06 || 1;
      return { min: low - room, max: high + room };
    };
    const axis = (name: string, ends: Option) =>
      plainAxis(look, {
        type: "value",
        name,
        nameLocation: "middle",
        nameGap: 12,
        ...ends,
        axisLabel: { show: false },
        axisLine: { show: true, onZero: false, lineStyle: { color: look.line } },
      });
    return {
      grid: { left: 28, right: 12, top: 12, bottom: 28 },
      tooltip: tooltip(look, { trigger: "item", formatter: (p: { seriesName: string }) => tip(p.seriesName, []) }),
      xAxis: axis(axes.x, range(0)),
      yAxis: axis(axes.y, range(1)),
      series: [
        ...groups.map((g) => ({
          type: "scatter",
          name: g.name,
          data: g.points.map((value) => ({ value, to: g.to })),
          symbolSize: look.narrow ? 5 : 6,
          itemStyle: { color: g.colour, opacity: 0.5 },
        })),
        ...groups.map((g, k) => ({
          type: "scatter",
          name: g.name,
          data: [{ value: g.centre, to: g.to }],
          symbolSize: 22,
          z: 5,
          itemStyle: { color: g.colour, borderColor: look.card, borderWidth: 2 },
          label: {
            show: true,
            formatter: String(k + 1),
            position: "inside",
            color: inkOn(g.colour),
            fontSize: 12,
            fontWeight: 600,
          },
        })),
      ],
    };
  };
}
