import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { cohortsQuery, curvesQuery, overviewQuery, repurchaseQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, days, decimal, percent } from "../lang/format";
import { Figure } from "../ui/figure";
import { Card } from "../ui/page";
import { Bones, EmptyState } from "../ui/state";
import { DataTable, ShareCell } from "../ui/table";
import { CohortMap } from "./cohort-map";
import { AnalysisPage } from "./page";
import { Notes } from "./rfm";
import { SecondOrder } from "./second-order";

/** When customers come back, who does, and how long each month's stay. */
export default function Repurchase() {
  const { t } = useTranslation();
  const lang = useLang();
  const query = useQuery(repurchaseQuery());
  const curves = useQuery(curvesQuery());
  const cohorts = useQuery(cohortsQuery());
  const overview = useQuery(overviewQuery());
  return (
    <AnalysisPage id="repurchase" query={query}>
      {({ data: r }) => ({
        title:
          r.cycle_days != null
            ? t("repurchase.title", { days: r.cycle_days, horizon: r.horizon_days, share: percent(r.return_share) })
            : t("repurchase.noCycle", { horizon: r.horizon_days, share: percent(r.return_share) }),
        sentence: r.golden_window ? (
          <>
            {t("second.golden", { from: r.golden_window.start, to: r.golden_window.end })}
            {lang === "zh" ? "。" : ". "}
            <Link
              to={customersAt(
                [
                  ["purchase_days", "is", "1"],
                  ["recency_days", "between", String(r.golden_window.start), String(r.golden_window.end)],
                ],
                "-recency_days",
              )}
            >
              {t("repurchase.inWindow")}
            </Link>
          </>
        ) : (
          t("second.noGolden")
        ),
        body: (
          <>
            <div className="figures four">
              {(["30", "60", "90", "180"] as const).map((d) => {
                const band = r.second_order_band[d];
                return (
                  <Figure
                    key={d}
                    name={t("repurchase.rate", { d })}
                    definition={t("define.second_order")}
                    value={percent(r.second_order[d])}
                    note={
                      band
                        ? t("overview.band", { low: percent(band.low), high: percent(band.high) })
                        : `n = ${count(r.new_customers)}`
                    }
                    share={r.second_order[d]}
                    to={customersAt([["purchase_days", "at_least", "2"]], "-first_day")}
                  />
                );
              })}
            </div>
            <div className="grid">
              {curves.data ? (
                <SecondOrder repurchase={r} groups={curves.data.data ?? []} span={12} />
              ) : (
                <section className="card span-12">
                  <Bones />
                </section>
              )}
            </div>
            <div className="grid">
              <Groups r={r} />
              <Cycles r={r} />
            </div>
            <div className="grid">
              {cohorts.data ? (
                <CohortMap
                  cohorts={cohorts.data.data ?? []}
                  finding={overview.data?.findings?.find((f) => f.id === "weak_cohort")}
                  span={12}
                  rows={24}
                  months={12}
                />
              ) : (
                <section className="card span-12">
                  <Bones />
                </section>
              )}
            </div>
            <Notes notes={[...(r.rhythm_notes ?? []), ...(r.second_notes ?? [])]} />
          </>
        ),
      })}
    </AnalysisPage>
  );
}

function Groups({ r }: { r: Schemas["CohortRepurchase"] }) {
  const { t, i18n } = useTranslation();
  const rows = (r.groups ?? []).flatMap((g) => (g.groups ?? []).map((x) => ({ dimension: g.dimension, ...x })));
  const different = rows.filter((g) => g.p_adjusted != null && g.p_adjusted < 0.05).length;
  const name = (g: { dimension: string; name: string }) =>
    g.dimension === "promoted" && i18n.exists(`repurchase.promoted.${g.name}`)
      ? t(`repurchase.promoted.${g.name}` as "repurchase.promoted.promoted")
      : g.name;
  const to = (g: { dimension: string; name: string }) =>
    customersAt(
      [g.dimension === "promoted" ? ["promoted", "is", String(g.name === "promoted")] : [g.dimension, "is", g.name]],
      "-first_day",
    );
  return (
    <Card
      title={different > 0 ? t("repurchase.differ", { n: different }) : t("repurchase.alike")}
      subtitle={t("repurchase.groupsText")}
      span={7}
    >
      {rows.length === 0 ? (
        <EmptyState title={t("repurchase.noGroups")}>{t("repurchase.noGroupsText")}</EmptyState>
      ) : (
        <DataTable
          label={t("repurchase.groups")}
          compact
          rows={rows}
          id={(g) => `${g.dimension}:${g.name}`}
          to={to}
          columns={[
            { key: "name", label: t("repurchase.first"), cell: (g) => <Link to={to(g)}>{name(g)}</Link> },
            {
              key: "by",
              label: t("repurchase.by"),
              cell: (g) => (
                <span className="quiet">
                  {i18n.exists(`repurchase.dimensions.${g.dimension}`)
                    ? t(`repurchase.dimensions.${g.dimension}` as "repurchase.dimensions.category")
                    : g.dimension}
                </span>
              ),
            },
            { key: "n", label: t("repurchase.newcomers"), number: true, cell: (g) => count(g.customers) },
            { key: "d90", label: t("repurchase.second90"), number: true, cell: (g) => percent(g.second_order["90"]) },
            {
              key: "ratio",
              label: t("repurchase.chance"),
              number: true,
              cell: (g) =>
                g.hazard_ratio == null
                  ? "—"
                  : `${decimal(g.hazard_ratio, 2)}${g.hazard_ratio_interval ? ` (${decimal(g.hazard_ratio_interval.low, 2)}–${decimal(g.hazard_ratio_interval.high, 2)})` : ""}`,
            },
            {
              key: "p",
              label: t("repurchase.p"),
              number: true,
              cell: (g) => (g.p_adjusted == null ? "—" : g.p_adjusted < 0.001 ? "< 0.001" : g.p_adjusted.toFixed(3)),
            },
          ]}
        />
      )}
    </Card>
  );
}

function Cycles({ r }: { r: Schemas["CohortRepurchase"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const rows = r.by_category ?? [];
  return (
    <Card
      title={r.cycle_days != null ? t("repurchase.half", { days: r.cycle_days }) : t("repurchase.cycles")}
      subtitle={t("repurchase.cyclesText")}
      span={5}
    >
      {rows.length === 0 ? (
        <EmptyState title={t("repurchase.noGroups")}>{t("repurchase.noGroupsText")}</EmptyState>
      ) : (
        <DataTable
          label={t("repurchase.cycles")}
          compact
          rows={rows}
          id={(c) => c.category}
          to={(c) => customersAt([["category", "is", c.category]], "-first_day")}
          columns={[
            {
              key: "name",
              label: t("repurchase.first"),
              cell: (c) => <Link to={customersAt([["category", "is", c.category]], "-first_day")}>{c.category}</Link>,
            },
            { key: "n", label: t("lifecycle.customers"), number: true, cell: (c) => count(c.customers) },
            {
              key: "back",
              label: t("repurchase.back"),
              number: true,
              cell: (c) => <ShareCell share={c.return_share} text={percent(c.return_share)} />,
            },
            { key: "p50", label: t("repurchase.p50"), number: true, cell: (c) => days(c.gap_p50, lang) },
            { key: "p80", label: t("repurchase.p80"), number: true, cell: (c) => days(c.gap_p80, lang) },
          ]}
        />
      )}
    </Card>
  );
}
