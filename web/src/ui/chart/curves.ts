import { percent } from "../../lang/format";
import { apart, grid, type Look, type Option, plainAxis, roof, share, tip, tooltip, valueAxis, wide } from "./look";

export interface Curve {
  name: string;
  end: string; // beside its last point
  colour: string;
  main?: boolean;
  day: readonly number[];
  value: readonly number[];
  low?: readonly number[] | undefined;
  high?: readonly number[] | undefined;
}

export interface Curves {
  curves: readonly Curve[];
  window?: { from: number; to: number; name: string } | undefined;
  day: (d: number) => string; // in the tooltip
  tick: (d: number) => string; // on the axis
}

/** Shares that grow with the days since something, with the bands of their estimates. */
export function cumulative({ curves, window, day, tick }: Curves) {
  return (look: Look): Option => {
    const shown = look.narrow ? curves.slice(0, 3) : curves;
    const last = Math.max(...shown.map((c) => c.day.at(-1) ?? 0));
    const axis = roof(Math.max(...shown.map((c) => Math.max(...(c.high ?? c.value)))));
    const top = 16;
    const bottom = look.height - 26;
    const ends = shown.map((c) => bottom - ((c.value.at(-1) ?? 0) / axis.max) * (bottom - top));
    const shift = apart(ends, 17, top, bottom);
    const series: Option[] = [];
    shown.forEach((c, k) => {
      if (c.low && c.high) {
        const { low, high } = c;
        const hidden = {
          type: "line",
          stack: `band${k}`,
          symbol: "none",
          silent: true,
          lineStyle: { opacity: 0 },
          tooltip: { show: false },
        };
        series.push(
          { ...hidden, data: c.day.map((d, i) => [d, low[i]]) },
          {
            ...hidden,
            areaStyle: { color: c.colour, opacity: c.main ? 0.2 : 0.13 },
            data: c.day.map((d, i) => [d, (high[i] ?? 0) - (low[i] ?? 0)]),
          },
        );
      }
      series.push({
        type: "line",
        id: `line${k}`,
        name: c.name,
        symbol: "none",
        data: c.day.map((d, i) => [d, c.value[i]]),
        lineStyle: { width: c.main ? 2.5 : 1.75, color: c.colour },
        itemStyle: { color: c.colour },
        endLabel: {
          show: true,
          formatter: c.end,
          color: look.ink,
          fontSize: 12,
          fontWeight: c.main ? 600 : 400,
          offset: [0, shift[k] ?? 0],
        },
        z: c.main ? 5 : 4,
        markArea:
          c.main && window
            ? {
                silent: true,
                itemStyle: { color: look.brand, opacity: 0.08 },
                label: { position: "insideTopLeft", color: look.brand, fontSize: 12, formatter: window.name },
                data: [[{ xAxis: window.from }, { xAxis: window.to }]],
              }
            : undefined,
      });
    });
    return {
      grid: grid({ right: Math.max(...shown.map((c) => wide(c.end))) + 16, top }),
      tooltip: tooltip(look, {
        formatter: (points: { seriesId: string; seriesName: string; color: string; value: [number, number] }[]) =>
          tip(
            day(points[0]?.value[0] ?? 0),
            points
              .filter((p) => p.seriesId.startsWith("line"))
              .map((p) => ({ colour: p.color, name: p.seriesName, value: percent(p.value[1]) })),
          ),
      }),
      xAxis: plainAxis(look, {
        type: "value",
        min: 0,
        max: last,
        interval: last > 200 ? 60 : 30,
        splitLine: { show: false },
        axisLabel: { showMaxLabel: false, formatter: tick },
      }),
      yAxis: valueAxis(look, { ...axis, min: 0, axisLabel: { formatter: share } }),
      series,
    };
  };
}

/** How the probability of being alive falls with the days since the last purchase. */
export function falling({
  points,
  now,
  day,
  tick,
  label,
}: {
  points: readonly (readonly [number, number])[];
  now?: { day: number; value: number } | undefined;
  day: (d: number) => string;
  tick: (d: number) => string;
  label: string;
}) {
  return (look: Look): Option => ({
    grid: grid({ right: 16 }),
    tooltip: tooltip(look, {
      formatter: (p: { value: [number, number] }[]) =>
        tip(day(p[0]?.value[0] ?? 0), [{ name: "", value: percent(p[0]?.value[1]) }]),
    }),
    xAxis: plainAxis(look, {
      type: "value",
      min: 0,
      max: points.at(-1)?.[0],
      splitLine: { show: false },
      axisLabel: { formatter: tick, showMaxLabel: false },
    }),
    yAxis: valueAxis(look, { min: 0, max: 1, interval: 0.25, axisLabel: { formatter: share } }),
    series: [
      {
        type: "line",
        symbol: "none",
        smooth: true,
        data: points,
        lineStyle: { width: 2, color: look.brand },
        itemStyle: { color: look.brand },
        areaStyle: { color: look.brand, opacity: 0.07 },
        markPoint: now
          ? {
              symbol: "circle",
              symbolSize: 9,
              silent: true,
              itemStyle: { color: look.bad, borderColor: look.card, borderWidth: 1.5 },
              label: { show: true, position: "right", color: look.ink, fontSize: 12, formatter: label },
              data: [{ coord: [now.day, now.value] }],
            }
          : undefined,
      },
    ],
  });
}
