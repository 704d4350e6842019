import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CohortMap } from "../analyze/cohort-map";
import { SecondOrder } from "../analyze/second-order";
import { StagesOverTime } from "../analyze/stages-over-time";
import type { Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { clvQuery, cohortsQuery, curvesQuery, lifecycleQuery, overviewQuery, repurchaseQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, day, moneyShort, percent } from "../lang/format";
import { NoAnalysis } from "../shell/no-analysis";
import { Change, Figure } from "../ui/figure";
import { Card, Page } from "../ui/page";
import { Bones, ErrorState, PageSkeleton } from "../ui/state";
import { findingCustomers } from "./finding";
import { WorkToday } from "./work";
import "./overview.css";

/** What a day begins with: how things stand, what changed, and what to do about it. */
export default function Overview() {
  const overview = useQuery(overviewQuery());
  if (overview.data) return <Loaded o={overview.data} />;
  if (overview.error) {
    if (Problem.of(overview.error).code === "snapshot.none") return <NoAnalysis />;
    return <ErrorState error={overview.error} retry={overview.refetch} page />;
  }
  return <PageSkeleton />;
}

function Loaded({ o }: { o: Schemas["Overview"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const lifecycle = useQuery(lifecycleQuery());
  const repurchase = useQuery(repurchaseQuery());
  const curves = useQuery(curvesQuery());
  const cohorts = useQuery(cohortsQuery());
  const findings = o.findings ?? [];
  const [first, ...others] = findings;
  const l = lifecycle.data?.data;
  return (
    <Page
      name={t("places.overview")}
      title={
        first
          ? lang === "zh"
            ? first.title_zh
            : first.title_en
          : t("overview.title", { n: count(o.snapshot.customers) })
      }
      sentence={<State o={o} lifecycle={l ?? undefined} />}
      bar={
        <span>
          {t("overview.scope", {
            days: o.base.window.days,
            money: lang === "zh" ? o.meta.money_label_zh : o.meta.money_label_en,
          })}
        </span>
      }
      asOf={<AsOf o={o} />}
      foot={t("overview.foot")}
    >
      <Six o={o} lifecycle={l ?? undefined} second={repurchase.data?.data} />
      <div className="grid">
        {l ? (
          <StagesOverTime lifecycle={l} customers={o.data.customers} span={8} />
        ) : (
          <Waiting span={8} query={lifecycle} />
        )}
        <WorkToday o={o} window={repurchase.data ? repurchase.data.data.golden_window : undefined} />
      </div>
      <div className="grid">
        {repurchase.data && curves.data ? (
          <SecondOrder repurchase={repurchase.data.data} groups={curves.data.data ?? []} span={7} />
        ) : (
          <Waiting span={7} query={repurchase.error ? repurchase : curves} />
        )}
        {cohorts.data ? (
          <CohortMap
            cohorts={cohorts.data.data ?? []}
            finding={findings.find((f) => f.id === "weak_cohort")}
            span={5}
            rows={8}
            months={6}
          />
        ) : (
          <Waiting span={5} query={cohorts} />
        )}
      </div>
      {others.length > 0 && (
        <Card title={t("overview.more", { n: others.length })} subtitle={t("overview.moreText")}>
          <ul className="findings">
            {others.map((f) => (
              <Finding key={f.id} f={f} />
            ))}
          </ul>
        </Card>
      )}
    </Page>
  );
}

export function Waiting({
  span,
  query,
}: {
  span: 4 | 5 | 6 | 7 | 8 | 12;
  query: { error: unknown; refetch: () => void };
}) {
  return (
    <section className={`card span-${span}`} aria-busy={!query.error}>
      {query.error ? <ErrorState error={query.error} retry={query.refetch} /> : <Bones />}
    </section>
  );
}

function AsOf({ o }: { o: Schemas["Overview"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  return (
    <span>
      {t("overview.asOf", {
        day: o.snapshot.as_of,
        version: o.meta.definitions_version,
        money: lang === "zh" ? o.meta.money_label_zh : o.meta.money_label_en,
      })}
    </span>
  );
}

/** Says how things stand, with the way to the people. */
function State({ o, lifecycle }: { o: Schemas["Overview"]; lifecycle: Schemas["LifecycleReport"] | undefined }) {
  const { t } = useTranslation();
  const lang = useLang();
  const { base, meta } = o;
  const w = base.window;
  const decline = lifecycle?.stages?.find((s) => s.stage === "decline");
  const same = base.like_for_like?.find((c) => c.against === "month_before");
  const change = same?.revenue_change;
  return (
    <>
      {t("overview.state", {
        days: w.days,
        kind: lang === "zh" ? meta.money_label_zh : meta.money_label_en,
        money: moneyShort(w.revenue, meta.currency, lang),
        buyers: count(w.buyers),
        fresh: count(w.new_buyers),
      })}
      {change != null &&
        same &&
        t(change >= 0 ? "overview.more_than" : "overview.less_than", {
          from: day(same.from, lang, meta.as_of),
          to: day(same.to, lang, same.from),
          by: percent(Math.abs(change)),
        })}
      {decline && decline.customers > 0 && (
        <>
          {t("overview.leavingBefore")}
          <Link to={customersAt([["stage", "is", "decline"]], "-clv_12")}>
            {t("overview.leaving", { n: count(decline.customers) })}
          </Link>
          {decline.expected_value != null &&
            t("overview.leavingValue", { money: moneyShort(decline.expected_value, meta.currency, lang) })}
        </>
      )}
      {t("overview.stop")}
    </>
  );
}

/** The six numbers that matter before all others. */
function Six({
  o,
  lifecycle,
  second,
}: {
  o: Schemas["Overview"];
  lifecycle: Schemas["LifecycleReport"] | undefined;
  second: Schemas["CohortRepurchase"] | undefined;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const { base, meta } = o;
  const clv = useQuery(clvQuery());
  const closed = (base.months ?? []).filter((m) => !m.open).slice(-24);
  const same = base.like_for_like?.find((c) => c.against === "month_before");
  const against = t("overview.against");
  const relative = (by: number | null | undefined) =>
    by != null && <Change by={by} text={percent(Math.abs(by))} against={against} />;
  const decline = lifecycle?.weekly.stages?.find((s) => s.stage === "decline")?.customers ?? [];
  const card = lifecycle?.stages?.find((s) => s.stage === "decline");
  const weeks = 4;
  const [now, then] = [decline.at(-1), decline.at(-1 - weeks)];
  const d90 = second?.second_order["90"];
  const band = second?.second_order_band["90"];
  const fresh = same?.this.new_buyers;
  return (
    <div className="figures">
      <Figure
        name={lang === "zh" ? meta.money_label_zh : upper(meta.money_label_en)}
        definition={t("define.revenue")}
        value={moneyShort(base.window.revenue, meta.currency, lang)}
        to={customersAt([["monetary", "at_least", "0.01"]], "-monetary")}
        change={relative(same?.revenue_change)}
        note={t("overview.yearNote", { days: base.window.days })}
        spark={closed.map((m) => m.revenue)}
      />
      <Figure
        name={t("overview.memberShare")}
        definition={t("define.member_share")}
        value={percent(base.member_share)}
        to={customersAt([], "-revenue")}
        note={t("overview.walkIns", { money: moneyShort(base.unattributed_revenue, meta.currency, lang) })}
        share={base.member_share}
      />
      <Figure
        name={t("overview.fresh")}
        definition={t("define.new")}
        value={count(base.window.new_buyers)}
        to={customersAt([["first_day", "between", base.window.from, base.window.to]], "-first_day")}
        change={relative(same?.new_buyers_change)}
        note={fresh != null ? t("overview.freshNote", { n: count(fresh) }) : undefined}
        spark={closed.map((m) => m.new_buyers)}
      />
      <Figure
        name={t("overview.second")}
        definition={t("define.second_order")}
        value={percent(d90)}
        to={customersAt(
          [
            ["purchase_days", "is", "1"],
            ["recency_days", "at_most", "90"],
          ],
          "-recency_days",
        )}
        change={
          band && (
            <span className="quiet">{t("overview.band", { low: percent(band.low), high: percent(band.high) })}</span>
          )
        }
        note={second && `n = ${count(second.new_customers)}`}
        share={d90}
      />
      <Figure
        name={t("overview.repeat")}
        definition={t("define.repeat_rate")}
        value={percent(base.repeat_rate)}
        to={customersAt([["frequency", "at_least", "2"]], "-frequency")}
        change={
          base.return_rate != null && (
            <span className="quiet">{t("overview.returnRate", { rate: percent(base.return_rate) })}</span>
          )
        }
        note={`n = ${count(base.window.buyers)}`}
        share={base.repeat_rate}
      />
      <Figure
        name={t("overview.decline")}
        definition={t("define.stages")}
        value={card ? count(card.customers) : "—"}
        to={customersAt([["stage", "is", "decline"]], "-clv_12")}
        change={
          now != null && then ? (
            <Change
              by={now - then}
              bad
              text={percent(Math.abs(now / then - 1))}
              against={t("overview.weeksBefore", { weeks })}
            />
          ) : undefined
        }
        note={
          card?.expected_value != null && clv.data
            ? t("overview.atStake", { money: moneyShort(card.expected_value, meta.currency, lang) })
            : undefined
        }
        spark={decline.slice(-26)}
      />
    </div>
  );
}

export const upper = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

function Finding({ f }: { f: Schemas["ReportFinding"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const zh = lang === "zh";
  const to = findingCustomers(f.id);
  return (
    <li>
      <h3>{zh ? f.title_zh : f.title_en}</h3>
      <p>
        {zh ? f.detail_zh : f.detail_en} <span>{zh ? f.population_zh : f.population_en}</span>
      </p>
      <p className="todo">
        {zh ? f.action_zh : f.action_en} {to && <Link to={to}>{t("overview.see")}</Link>}
      </p>
    </li>
  );
}
