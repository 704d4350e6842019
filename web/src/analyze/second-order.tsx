import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { useLang } from "../lang";
import { count, percent } from "../lang/format";
import { Chart } from "../ui/chart/chart";
import { type Curve, cumulative } from "../ui/chart/curves";
import { groupColours } from "../ui/tokens";

/** How many new customers have come back by day, by what they bought first. */
export function SecondOrder({
  repurchase: r,
  groups,
  span,
}: {
  repurchase: Schemas["CohortRepurchase"];
  groups: readonly Schemas["ReportGroupCurve"][];
  span: 7 | 12;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const form = useMemo(() => {
    const end = (line: Schemas["CohortLine"]) => percent(line.value?.at(-1));
    const curve = (name: string, line: Schemas["CohortLine"], colour: string, main?: boolean): Curve => ({
      name,
      end: `${name} ${end(line)}`,
      colour,
      main,
      day: line.day ?? [],
      value: line.value ?? [],
      low: line.low ?? undefined,
      high: line.high ?? undefined,
    });
    const curves = [
      curve(t("second.all"), r.second_curve, "#0F6B4F", true),
      ...groups
        .filter((g) => (g.curve.day?.length ?? 0) > 1)
        .map((g, k) =>
          curve(lang === "zh" ? g.name_zh : g.name_en, g.curve, groupColours[k % groupColours.length] ?? "#0072B2"),
        ),
    ];
    return (look: Parameters<ReturnType<typeof cumulative>>[0]) =>
      cumulative({
        curves: curves.map((c) => (c.main ? { ...c, colour: look.brand } : c)),
        window: r.golden_window
          ? { from: r.golden_window.start, to: r.golden_window.end, name: t("second.window") }
          : undefined,
        day: (d) => t("second.day", { d }),
        tick: (d) => t("second.tick", { d }),
      })(look);
  }, [r, groups, t, lang]);
  const d90 = r.second_order["90"];
  const who = r.everyone_used ? t("second.firstBuyers") : t("second.newcomers");
  const golden = r.golden_window
    ? t("second.golden", { from: r.golden_window.start, to: r.golden_window.end })
    : t("second.noGolden");
  return (
    <Chart
      title={
        d90 != null && r.half_day != null ? t("second.title", { rate: percent(d90), who, half: r.half_day }) : golden
      }
      subtitle={t("second.subtitle", { who, n: count(r.new_customers) })}
      note={golden}
      name="second-order"
      span={span}
      tall
      form={form}
      empty={
        r.new_customers === 0 || (r.second_curve.day?.length ?? 0) < 2
          ? { title: t("second.empty"), text: t("second.emptyText") }
          : undefined
      }
      sheet={{
        columns: [
          { label: t("second.after") },
          { label: t("second.rate"), number: true, show: (v) => percent(v as number | null) },
          { label: t("second.low"), number: true, show: (v) => percent(v as number | null) },
          { label: t("second.high"), number: true, show: (v) => percent(v as number | null) },
        ],
        rows: (["30", "60", "90", "180"] as const).map((d) => {
          const band = r.second_order_band[d];
          return { values: [t("second.tick", { d }), r.second_order[d], band?.low ?? null, band?.high ?? null] };
        }),
      }}
    />
  );
}
