import { grid, type Look, type Option, plainAxis, tip, tooltip, valueAxis, wide } from "./look";

export interface Fall {
  name: string;
  amount: number; // of a total: what is left there; else what is taken away, negative
  total: boolean;
  to?: string | undefined;
}

/** From one total to the next, the first on top; what is taken away hangs from what was left. */
export function waterfall(falls: readonly Fall[], texts: { money: (v: number) => string; rest: string }) {
  return (look: Look): Option => {
    let left = 0;
    const bars = falls.map((f) => {
      if (f.total) {
        left = f.amount;
        return { from: 0, size: f.amount, left };
      }
      const from = Math.min(left, left + f.amount);
      left += f.amount;
      return { from, size: Math.abs(f.amount), left };
    });
    const most = look.narrow ? 108 : 260;
    const label = Math.max(...falls.map((f) => wide(texts.money(f.amount)))) + 12;
    return {
      grid: grid({ right: label, top: 4 }),
      tooltip: tooltip(look, {
        axisPointer: { type: "shadow", shadowStyle: { color: look.brand, opacity: 0.06 } },
        formatter: (p: { dataIndex: number }[]) => {
          const i = p[0]?.dataIndex ?? 0;
          const f = falls[i];
          return tip(f?.name ?? "", [
            { name: "", value: texts.money(f?.amount ?? 0) },
            ...(f?.total ? [] : [{ name: texts.rest, value: texts.money(bars[i]?.left ?? 0) }]),
          ]);
        },
      }),
      xAxis: valueAxis(look, {
        axisLabel: { formatter: texts.money, hideOverlap: true },
        splitNumber: look.narrow ? 2 : 5,
      }),
      yAxis: plainAxis(look, {
        type: "category",
        inverse: true,
        data: falls.map((f) => f.name),
        axisLabel: { color: look.ink, interval: 0, width: most, overflow: "break", hideOverlap: false },
      }),
      series: [
        {
          type: "bar",
          stack: "all",
          silent: true,
          itemStyle: { color: "transparent" },
          data: bars.map((b) => b.from),
        },
        {
          type: "bar",
          stack: "all",
          barMaxWidth: 28,
          data: bars.map((b, i) => ({
            value: b.size,
            to: falls[i]?.to,
            cursor: falls[i]?.to ? "pointer" : "default",
            itemStyle: { color: falls[i]?.total ? look.brand : (look.scale[2] ?? look.line), borderRadius: 2 },
          })),
          label: {
            show: true,
            position: "right",
            color: look.ink,
            formatter: (p: { dataIndex: number }) => texts.money(falls[p.dataIndex]?.amount ?? 0),
          },
        },
      ],
    };
  };
}
