import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { clvQuery, overviewQuery, valueQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, decimal, moneyShort, percent, symbolOf } from "../lang/format";
import { bins, lorenz, predicted } from "../ui/chart/bars";
import { Chart } from "../ui/chart/chart";
import { Figure } from "../ui/figure";
import { AnalysisPage } from "./page";
import { Notes } from "./rfm";

/** What the next 12 months bring, of whom, and whether the prediction can be trusted. */
export default function Value() {
  const { t } = useTranslation();
  const lang = useLang();
  const query = useQuery(valueQuery());
  const clv = useQuery(clvQuery());
  const overview = useQuery(overviewQuery());
  return (
    <AnalysisPage id="value" query={query}>
      {({ data: v, snapshot }) => {
        const m = clv.data?.data;
        const money = (x: number | null | undefined) => moneyShort(x, snapshot.currency, lang);
        const [low, high] = m?.clv_12_interval ?? [];
        return {
          title:
            v.median != null && v.top_20_share != null
              ? t("value.title", { median: money(v.median), share: percent(v.top_20_share) })
              : t("value.none"),
          sentence: m?.reason ? (
            m.reason.text[lang]
          ) : (
            <>
              {t("value.sentence")} <Link to={customersAt([], "-clv_12")}>{t("value.see")}</Link>
            </>
          ),
          body: (
            <>
              <div className="figures four">
                <Figure
                  name={t("value.clv")}
                  definition={t("define.clv_12")}
                  value={money(m?.clv_12)}
                  note={
                    low != null && high != null
                      ? t("value.interval", { low: money(low), high: money(high) })
                      : undefined
                  }
                  to={customersAt([], "-clv_12")}
                />
                <Figure
                  name={t("value.orders")}
                  definition={t("define.expected_orders")}
                  value={m?.expected_orders ? count(Math.round(m.expected_orders["90"])) : "—"}
                  note={
                    m?.expected_orders
                      ? t("value.ordersNote", {
                          a: count(Math.round(m.expected_orders["30"])),
                          b: count(Math.round(m.expected_orders["365"])),
                        })
                      : undefined
                  }
                  to={customersAt([], "-expected_orders_90")}
                />
                <Figure
                  name={t("value.alive")}
                  definition={t("define.p_alive")}
                  value={m?.customers_alive != null ? count(Math.round(m.customers_alive)) : "—"}
                  note={t("value.aliveNote", { n: count(snapshot.customers) })}
                  share={
                    m?.customers_alive != null && snapshot.customers > 0 ? m.customers_alive / snapshot.customers : null
                  }
                  to={customersAt([["p_alive", "at_least", "0.5"]], "-p_alive")}
                />
                <Figure
                  name={t("value.top")}
                  definition={t("define.concentration")}
                  value={percent(overview.data?.base.top_20_share)}
                  note={
                    overview.data?.base.gini != null
                      ? t("value.gini", { g: decimal(overview.data.base.gini, 2) })
                      : undefined
                  }
                  share={overview.data?.base.top_20_share}
                  to={customersAt([], "-revenue")}
                />
              </div>
              <div className="grid">
                <Spread v={v} currency={snapshot.currency} />
                <Concentration v={v} o={overview.data} />
              </div>
              {m?.holdout && (
                <div className="grid">
                  <Holdout m={m} holdout={m.holdout} />
                </div>
              )}
              <Notes notes={m?.notes?.map((n) => n.text)} />
            </>
          ),
        };
      }}
    </AnalysisPage>
  );
}

function Spread({ v, currency }: { v: Schemas["ReportValue"]; currency: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const bars = useMemo(() => {
    const symbol = symbolOf(currency);
    return (v.histogram ?? []).map((b) => ({
      name:
        b.to == null
          ? t("value.more", { from: symbol + count(b.from) })
          : b.from <= 0
            ? t("value.less", { to: symbol + count(b.to) })
            : `${symbol}${count(b.from)}–${count(b.to)}`,
      value: b.customers,
      money: b.value,
      to: customersAt(
        [
          b.to == null
            ? ["clv_12", "at_least", String(b.from)]
            : ["clv_12", "between", String(b.from), (b.to - 0.01).toFixed(2)],
        ],
        "-clv_12",
      ),
    }));
  }, [v, currency, t]);
  const form = useMemo(() => bins(bars, v.customers || 1), [bars, v.customers]);
  return (
    <Chart
      title={v.median != null ? t("value.half", { median: moneyShort(v.median, currency, lang) }) : t("value.spread")}
      subtitle={t("value.spreadText", { currency, n: count(v.customers) })}
      name="value"
      span={7}
      form={form}
      empty={bars.length === 0 ? { title: t("value.none"), text: t("value.noneText") } : undefined}
      sheet={{
        columns: [
          { label: t("value.clv") },
          { label: t("lifecycle.customers"), number: true, show: (x) => count(x as number) },
          { label: t("value.sum"), number: true, show: (x) => moneyShort(x as number, currency, lang) },
        ],
        rows: bars.map((b) => ({ values: [b.name, b.value, b.money], to: b.to })),
      }}
    />
  );
}

function Concentration({ v, o }: { v: Schemas["ReportValue"]; o: Schemas["Overview"] | undefined }) {
  const { t } = useTranslation();
  const past = useMemo(() => (o?.base.lorenz ?? []).map((p) => [p.customers, p.money] as const), [o]);
  const form = useMemo(() => {
    const lines = [{ name: t("value.past"), points: past }];
    const future = (v.lorenz ?? []).map((p) => [p.customers, p.money] as const);
    if (future.length) lines.push({ name: t("value.future"), points: future });
    return lorenz(lines);
  }, [past, v, t]);
  return (
    <Chart
      title={
        o?.base.top_20_share != null
          ? t("value.fifth", { share: percent(o.base.top_20_share) })
          : t("value.concentration")
      }
      subtitle={t("value.lorenzText", { n: count(o?.data.customers) })}
      name="concentration"
      span={5}
      form={form}
      empty={o && past.length < 2 ? { title: t("value.noRevenue"), text: t("value.noRevenueText") } : undefined}
      sheet={{
        columns: [
          { label: t("value.customersLeast"), number: true, show: (x) => percent(x as number, 0) },
          { label: t("value.past"), number: true, show: (x) => percent(x as number) },
        ],
        rows: past.filter((_, k) => k % 5 === 0).map((p) => ({ values: p })),
      }}
    />
  );
}

function Holdout({ m, holdout }: { m: Schemas["ClvResult"]; holdout: Schemas["ClvHoldoutComparison"] }) {
  const { t } = useTranslation();
  const weeks = holdout.weeks ?? [];
  const form = useMemo(
    () =>
      predicted(holdout.weeks ?? [], {
        actual: t("value.actual"),
        predicted: t("value.predicted"),
        week: (week) => t("value.week", { week }),
      }),
    [holdout, t],
  );
  return (
    <Chart
      title={t("value.holdout", {
        days: holdout.days,
        p: count(Math.round(holdout.predicted)),
        a: count(holdout.actual),
      })}
      subtitle={t("value.holdoutText", { n: count(m.customers) })}
      name="holdout"
      span={12}
      form={form}
      sheet={{
        columns: [
          { label: t("value.weekName"), number: true },
          { label: t("value.predicted"), number: true, show: (x) => decimal(x as number) },
          { label: t("value.actual"), number: true, show: (x) => count(x as number) },
        ],
        rows: weeks.map((w) => ({ values: [w.week, w.predicted, w.actual] })),
      }}
    />
  );
}
