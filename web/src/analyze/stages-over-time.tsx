import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, percent } from "../lang/format";
import { Chart } from "../ui/chart/chart";
import { stagesOverTime } from "../ui/chart/stages";
import { stageColours } from "../ui/tokens";

const WEEKS = 26;
const TREND = 12; // weeks over which the title compares
const LEAST = 30; // customers below which nothing is concluded

/** Names and colours of the workspace's own stages. */
export function useStages(lifecycle: Schemas["LifecycleReport"]) {
  const { t } = useTranslation();
  const lang = useLang();
  return useMemo(() => {
    const known = new Map((lifecycle.stages ?? []).map((c) => [c.stage, c]));
    return (stage: string) => {
      const c = known.get(stage);
      // What stands in brackets after a stage's name explains it; labels do without.
      const name = (lang === "zh" ? c?.name_zh : c?.name_en)?.replace(/\s*[（(].*[）)]$/, "");
      return {
        name: name || (stage === "new" ? t("lifecycle.arrived") : stage),
        colour: stageColours[stage] ?? c?.colour ?? "#8A8F94",
      };
    };
  }, [lifecycle, lang, t]);
}

/** Customers in each stage, week by week. */
export function StagesOverTime({
  lifecycle,
  customers,
  span,
  weeks = WEEKS,
}: {
  lifecycle: Schemas["LifecycleReport"];
  customers: number;
  span: 8 | 12;
  weeks?: number;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const stage = useStages(lifecycle);
  const days = useMemo(() => (lifecycle.weekly.days ?? []).slice(-weeks), [lifecycle, weeks]);
  const bands = useMemo(
    () =>
      (lifecycle.weekly.stages ?? [])
        .map((s) => ({
          ...stage(s.stage),
          stage: s.stage,
          values: (s.customers ?? []).slice(-weeks),
          to: customersAt([["stage", "is", s.stage]], "-clv_12"),
        }))
        .filter((b) => b.values.some((v) => v > 0))
        .reverse(),
    [lifecycle, weeks, stage],
  );
  const form = useMemo(() => stagesOverTime(days, bands), [days, bands]);

  const change = (name: string) => {
    const v = lifecycle.weekly.stages?.find((s) => s.stage === name)?.customers ?? [];
    const [now, then] = [v.at(-1), v.at(-1 - TREND)];
    if (now == null || !then || then < LEAST) return "";
    const by = now / then - 1;
    const of = stage(name).name;
    const key = by < 0 ? "stagesOverTime.fell" : "stagesOverTime.rose";
    return t(key, { stage: of, n: count(now), weeks: TREND, by: percent(Math.abs(by)) });
  };
  const parts = [change("maturity"), change("decline")].filter(Boolean);
  const title = parts.length
    ? parts.map((p, k) => (k ? p.charAt(0).toLowerCase() + p.slice(1) : p)).join(lang === "zh" ? "；" : "; ")
    : t("stagesOverTime.plain");
  return (
    <Chart
      title={title}
      subtitle={t("stagesOverTime.subtitle", { weeks: days.length, n: count(customers) })}
      name="stages"
      span={span}
      tall
      form={form}
      empty={days.length < 2 ? { title: t("stagesOverTime.empty"), text: t("stagesOverTime.emptyText") } : undefined}
      sheet={{
        columns: [
          { label: t("stagesOverTime.week") },
          ...[...bands]
            .reverse()
            .map((b) => ({ label: b.name, number: true, show: (v: string | number | null) => count(v as number) })),
        ],
        rows: days.map((d, k) => ({ values: [d, ...[...bands].reverse().map((b) => b.values[k] ?? 0)] })).reverse(),
      }}
    />
  );
}
