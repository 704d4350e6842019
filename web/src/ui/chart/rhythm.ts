import { day as written } from "../../lang/format";
import { grid, type Look, type Option, plainAxis, tip, tooltip, valueAxis } from "./look";

export interface Rhythm {
  purchases: readonly { day: string; amount: number }[];
  stages: readonly { from: string; to: string; name: string; colour: string }[];
  due?: { day: string; name: string } | undefined;
  from: string;
  to: string;
  money: (v: number) => string;
}

/** One customer's purchase days with what they brought; behind them the stage at the time. */
export function rhythm({ purchases, stages, due, from, to, money }: Rhythm) {
  return (look: Look): Option => ({
    grid: grid({ top: 28 }),
    tooltip: tooltip(look, {
      trigger: "item",
      formatter: (p: { value: [string, number] }) =>
        tip(written(p.value[0], look.lang), [{ name: "", value: money(p.value[1]) }]),
    }),
    xAxis: plainAxis(look, {
      type: "time",
      min: from,
      max: to,
      axisLabel: { hideOverlap: true, formatter: (v: number) => monthTick(v, look) },
    }),
    yAxis: valueAxis(look, { min: 0, axisLabel: { formatter: money } }),
    series: [
      {
        type: "bar",
        barWidth: Math.max(2, Math.min(6, look.width / Math.max(40, purchases.length * 3))),
        data: purchases.map((p) => [p.day, p.amount]),
        itemStyle: { color: look.brand, borderRadius: [2, 2, 0, 0] },
        z: 4,
        markArea: {
          silent: true,
          data: stages.map((s) => [
            {
              xAxis: s.from,
              itemStyle: { color: s.colour, opacity: look.mode === "dark" ? 0.22 : 0.15 },
              label: {
                show: wideEnough(s, from, to, look.width),
                position: "insideTop",
                color: look.ink,
                fontSize: 12,
                formatter: s.name,
              },
            },
            { xAxis: s.to },
          ]),
        },
        markLine: due
          ? {
              silent: true,
              symbol: "none",
              lineStyle: { color: look.ink, type: "dashed", width: 1 },
              label: { formatter: due.name, color: look.ink, fontSize: 12, position: "end" },
              data: [{ xAxis: due.day }],
            }
          : undefined,
      },
    ],
  });
}

function wideEnough(s: { from: string; to: string; name: string }, from: string, to: string, width: number): boolean {
  const span = Date.parse(to) - Date.parse(from) || 1;
  return ((Date.parse(s.to) - Date.parse(s.from)) / span) * width > s.name.length * 13 + 4;
}

function monthTick(v: number, look: Look): string {
  const d = new Date(v);
  const month = d.getMonth() + 1;
  if (month === 1) return String(d.getFullYear());
  return look.lang === "zh" ? `${month} 月` : `${d.getFullYear()}/${month}`;
}
