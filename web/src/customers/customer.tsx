import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import type { Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { attributesQuery, clvQuery, customerQuery, lifecycleQuery } from "../api/queries";
import { useLang } from "../lang";
import { between, count, DASH, day, days, decimal, money, moneyShort, percent } from "../lang/format";
import { aliveCurve } from "../predict/alive";
import { NoAnalysis } from "../shell/no-analysis";
import { Chart } from "../ui/chart/chart";
import { falling } from "../ui/chart/curves";
import { rhythm } from "../ui/chart/rhythm";
import { Figure, Help, ShareBar } from "../ui/figure";
import { Button } from "../ui/kit";
import { Card, Page } from "../ui/page";
import { Stage, Tag, useStageName } from "../ui/stage";
import { EmptyState, ErrorState, PageSkeleton } from "../ui/state";
import { stageColours } from "../ui/tokens";
import { customersAt } from "./address";
import { useTextName } from "./show";
import "./customer.css";

/** One person: where they stand, why the program thinks so, and what they did. */
export default function CustomerPage() {
  const { customer } = useParams();
  const key = Number(customer);
  const query = useQuery({ ...customerQuery(key), enabled: Number.isSafeInteger(key) && key > 0 });
  const { t } = useTranslation();
  if (query.data) return <Person key={key} d={query.data} />;
  const p = Problem.of(query.error);
  if (!query.isFetching && (p.code === "customer.not_found" || !(key > 0))) {
    return (
      <EmptyState
        page
        title={p.detail || t("customer.none")}
        action={<Link to="/customers">{t("customer.back")}</Link>}
      >
        {t("customer.noneText")}
      </EmptyState>
    );
  }
  if (p.code === "snapshot.none") return <NoAnalysis />;
  if (query.error) return <ErrorState error={query.error} retry={query.refetch} page />;
  return <PageSkeleton figures={4} />;
}

function Person({ d }: { d: Schemas["CustomerDetail"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const stageName = useStageName();
  const textName = useTextName();
  const c = d.customer;
  const { as_of: asOf, currency } = d.snapshot;
  const stage = c.stage ?? "";
  const name = c.id || t("customers.nameless", { key: c.customer });
  const overdue = c.next_due ? between(c.next_due, asOf) : null;
  const facts = [
    c.tier && t("customer.tier", { tier: c.tier }),
    c.joined && t("customer.joined", { day: c.joined }),
    c.store,
    c.city,
    c.channel && t("customer.channel", { channel: c.channel }),
    c.category && t("customer.category", { category: c.category }),
  ].filter(Boolean);
  return (
    <Page
      name={name}
      bar={
        <>
          <Link to="/customers">{t("places.customers")}</Link>
          <span aria-hidden="true">›</span>
          <Link to={customersAt([["stage", "is", stage]], "-clv_12")}>{stageName(stage)}</Link>
          <span aria-hidden="true">›</span>
          <span>{name}</span>
        </>
      }
      asOf={t("analyze.asOf", { day: asOf })}
      title={
        <div className="person">
          <span className="face" aria-hidden="true">
            {name.replace(/^[^\p{L}\p{N}]+/u, "").charAt(0) || "#"}
          </span>
          <div>
            {name}
            <span className="tags">
              <Tag>
                <Stage stage={stage} />
                {c.stage_since && (
                  <span className="quiet">{t("customer.since", { day: day(c.stage_since, lang, asOf) })}</span>
                )}
              </Tag>
              {c.returned && <Tag>{t("stages.returned")}</Tag>}
            </span>
            <div className="facts">
              {facts.map((f) => (
                <span key={f}>{f}</span>
              ))}
            </div>
          </div>
        </div>
      }
    >
      <section className={`verdict ${stage}`}>
        <p>
          <Verdict c={c} />
        </p>
        <p>{t("customer.reason", { reason: d.reason })}</p>
      </section>
      <div className="figures four">
        <Figure
          name={t("customer.value")}
          definition={t("define.clv_12")}
          value={moneyShort(c.clv_12, currency, lang)}
          note={
            c.expected_orders_365 != null ? t("customer.valueNote", { n: decimal(c.expected_orders_365) }) : undefined
          }
        />
        <Figure
          name={t("customer.revenue")}
          definition={t("define.revenue")}
          value={money(c.revenue, currency)}
          note={t("customer.revenueNote", {
            days: c.purchase_days,
            orders: c.orders,
            each: moneyShort(c.orders ? (c.revenue ?? 0) / c.orders : null, currency, lang),
          })}
        />
        <Figure
          name="RFM"
          definition={t("define.rfm_class")}
          value={c.rfm_code ?? DASH}
          unit={c.rfm_code && textName("rfm_code", c.rfm_code).slice(4)}
          to={c.rfm_code ? customersAt([["rfm_code", "is", c.rfm_code]], "-monetary") : undefined}
          note={t("customer.rfmNote", {
            r: days(c.recency_days, lang),
            f: c.frequency,
            m: moneyShort(c.monetary, currency, lang),
          })}
        />
        <Figure
          name={t("customer.due")}
          definition={t("define.own_rhythm")}
          value={
            overdue == null
              ? DASH
              : overdue > 0
                ? t("customer.overdue", { days: days(overdue, lang) })
                : day(c.next_due, lang, asOf)
          }
          bad={overdue != null && overdue > 0}
          note={
            c.own_rhythm_days != null
              ? overdue != null && overdue > 0
                ? t("customer.wasDue", { day: day(c.next_due, lang, asOf), days: days(c.own_rhythm_days, lang) })
                : t("customer.rhythmNote", { days: days(c.own_rhythm_days, lang) })
              : t("customer.noRhythm")
          }
        />
      </div>
      <div className="grid">
        <RhythmChart d={d} />
        <AliveChart d={d} />
      </div>
      <div className="grid">
        <Timeline d={d} />
        <div className="span-4">
          <Habits d={d} />
          <Why c={c} currency={currency} />
        </div>
      </div>
    </Page>
  );
}

/** Reconciles the stage, which is about silence, with the chance to come back. */
function Verdict({ c }: { c: Schemas["Customer"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const stageName = useStageName();
  const silent = days(c.recency_days, lang);
  const known = c.silence_ratio != null && c.own_rhythm_days != null;
  const sentence = known
    ? t("customer.silentOwn", { silent, own: days(c.own_rhythm_days, lang), ratio: decimal(c.silence_ratio) })
    : t("customer.silent", { silent });
  const chance = c.p_alive == null ? "" : t("customer.alive", { p: percent(c.p_alive, 0) });
  const p = c.p_alive ?? 0.5;
  const gone = c.stage === "decline" || c.stage === "lost";
  const key =
    c.p_alive == null ? "" : gone && p >= 0.6 ? "goneAlive" : gone ? "goneGone" : p < 0.4 ? "hereGone" : "hereAlive";
  return (
    <>
      {sentence}
      {chance}
      {key && t(`customer.${key}` as "customer.goneAlive", { stage: stageName(c.stage ?? "") })}
    </>
  );
}

function RhythmChart({ d }: { d: Schemas["CustomerDetail"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const stageName = useStageName();
  const c = d.customer;
  const { as_of: asOf, currency } = d.snapshot;
  const { form, rows } = useMemo(() => {
    const byDay = new Map<string, number>();
    const refunded = new Map<string, number>();
    for (const e of d.timeline) {
      if (e.kind === "refund" && e.order) refunded.set(e.order, (refunded.get(e.order) ?? 0) + Math.abs(e.amount));
    }
    for (const e of d.timeline) {
      if (e.kind !== "order" || e.status !== "paid") continue;
      const left = e.amount - (refunded.get(e.order) ?? 0);
      if (left <= 0 && e.amount > 0) continue; // wholly refunded: no purchase
      const at = e.at.slice(0, 10);
      byDay.set(at, (byDay.get(at) ?? 0) + left);
    }
    const purchases = [...byDay].map(([day, amount]) => ({ day, amount })).sort((a, b) => a.day.localeCompare(b.day));
    const first = purchases[0]?.day ?? c.first_day ?? asOf;
    const pad = Math.max(5, between(first, asOf) * 0.03) * 86_400_000;
    const from = new Date(Date.parse(first) - pad).toISOString().slice(0, 10);
    const end =
      Math.max(
        Date.parse(asOf),
        c.next_due ? Math.min(Date.parse(c.next_due), Date.parse(asOf) + 120 * 86_400_000) : 0,
      ) + pad;
    const to = new Date(end).toISOString().slice(0, 10);
    const stages = d.stages
      .filter((s) => s.since)
      .map((s) => ({
        from: s.since && s.since > from ? s.since : from,
        to: s.until ?? asOf,
        name: stageName(s.stage),
        colour: stageColours[s.stage] ?? "#8A8F94",
      }));
    const shown =
      c.next_due && c.next_due >= from && c.next_due <= to
        ? { day: c.next_due, name: t("customer.dueMark") }
        : undefined;
    return {
      rows: purchases,
      form: rhythm({ purchases, stages, due: shown, from, to, money: (v) => moneyShort(v, currency, lang) }),
    };
  }, [d, c, asOf, currency, lang, t, stageName]);
  const own = c.own_rhythm_days;
  const ratio = c.silence_ratio ?? 0;
  const title =
    rows.length < 2
      ? t("customer.rhythmOnce")
      : own == null
        ? t("customer.rhythmPlain", { n: rows.length })
        : ratio > 1.3
          ? t("customer.rhythmBroken", { own: days(own, lang), silent: days(c.recency_days, lang) })
          : t("customer.rhythmHolds", { own: days(own, lang) });
  return (
    <Chart
      title={title}
      subtitle={t("customer.rhythmText")}
      name={`customer-${c.customer}`}
      span={7}
      form={form}
      empty={rows.length === 0 ? { title: t("customer.noOrders"), text: t("customer.noOrdersText") } : undefined}
      sheet={{
        columns: [
          { label: t("customer.day") },
          { label: t("customer.amount"), number: true, show: (v) => money(v as number, currency) },
        ],
        rows: rows.map((r) => ({ values: [r.day, r.amount] })).reverse(),
      }}
    />
  );
}

function AliveChart({ d }: { d: Schemas["CustomerDetail"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const c = d.customer;
  const clv = useQuery(clvQuery());
  const fit = clv.data?.data;
  const model = fit?.alive_model?.toLowerCase().startsWith("mbg") ? fit.mbgnbd : fit?.bgnbd;
  const silent = c.recency_days ?? 0;
  const points = useMemo(
    () =>
      c.first_day && c.last_day && c.purchase_days
        ? aliveCurve(
            model,
            {
              purchases: c.purchase_days,
              recency: between(c.first_day, c.last_day),
              age: between(c.first_day, d.snapshot.as_of),
            },
            c.p_alive,
          )
        : undefined,
    [model, c, d.snapshot.as_of],
  );
  const form = useMemo(
    () =>
      falling({
        points: points ?? [],
        now: c.p_alive != null ? { day: silent, value: c.p_alive } : undefined,
        day: (x) => t("customer.silentFor", { days: days(x, lang) }),
        tick: (x) => days(x, lang),
        label: t("customer.today", { p: percent(c.p_alive, 0) }),
      }),
    [points, silent, c.p_alive, t, lang],
  );
  const half = points?.find(([, p]) => p < 0.5)?.[0];
  const title =
    half == null
      ? t("customer.aliveHigh")
      : half <= silent
        ? t("customer.aliveFell", { days: days(half, lang) })
        : t("customer.aliveWill", { days: days(half - silent, lang) });
  if (!points) return <Explained c={c} />;
  return (
    <Chart
      title={title}
      subtitle={t("customer.aliveText")}
      name={`alive-${c.customer}`}
      span={5}
      form={form}
      sheet={{
        columns: [
          { label: t("customer.silence"), number: true, show: (v) => days(v as number, lang) },
          { label: t("customer.pAlive"), number: true, show: (v) => percent(v as number) },
        ],
        rows: points.filter((_, k) => k % 4 === 0).map((p) => ({ values: p })),
      }}
    />
  );
}

/** Where no curve can be drawn: what is expected, in words. */
function Explained({ c }: { c: Schemas["Customer"] }) {
  const { t } = useTranslation();
  return (
    <Card title={t("customer.expected")} subtitle={t("customer.expectedText")} span={5}>
      <dl className="why">
        <div>
          <dt>{t("customer.pAlive")}</dt>
          <dd>{percent(c.p_alive)}</dd>
        </div>
        <div>
          <dt>{t("customer.orders90")}</dt>
          <dd>{decimal(c.expected_orders_90, 2)}</dd>
        </div>
        <div>
          <dt>{t("customer.orders365")}</dt>
          <dd>{decimal(c.expected_orders_365, 2)}</dd>
        </div>
      </dl>
    </Card>
  );
}

const FEW = 20;

function Timeline({ d }: { d: Schemas["CustomerDetail"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const stageName = useStageName();
  const [shown, setShown] = useState(FEW);
  const { as_of: asOf } = d.snapshot;
  const entries = useMemo(() => {
    const deeds = d.timeline.map((e, k) => ({
      id: `${e.kind}${k}`,
      at: e.at,
      deed: e as Schemas["Deed"] | undefined,
      stage: "",
    }));
    const moves = d.stages
      .filter((s) => s.since)
      .map((s) => ({ id: `${s.stage}${s.since}`, at: `${s.since}T23:59:59Z`, deed: undefined, stage: s.stage }));
    return [...deeds, ...moves].sort((a, b) => b.at.localeCompare(a.at));
  }, [d]);
  return (
    <Card
      title={t("customer.timeline")}
      subtitle={t("customer.timelineText", { orders: count(d.customer.orders) })}
      span={8}
    >
      {entries.length === 0 ? (
        <EmptyState title={t("customer.noOrders")}>{t("customer.noOrdersText")}</EmptyState>
      ) : (
        <>
          <ol className="timeline">
            {entries.slice(0, shown).map(({ id, at, deed, stage }) => (
              <li key={id} className={deed ? deed.kind : "stage-change"}>
                <p className="when">{[day(at, lang, asOf), deed?.channel, deed?.store].filter(Boolean).join(" · ")}</p>
                <p className="what">
                  {deed ? <DeedLine e={deed} /> : t("customer.entered", { stage: stageName(stage) })}
                </p>
              </li>
            ))}
          </ol>
          {entries.length > shown && (
            <Button type="link" onClick={() => setShown(shown + 100)}>
              {t("customer.older", { n: count(entries.length - shown) })}
            </Button>
          )}
        </>
      )}
    </Card>
  );
}

function DeedLine({ e }: { e: Schemas["Deed"] }) {
  const { t } = useTranslation();
  const kind =
    e.kind === "refund"
      ? t("customer.refund")
      : e.status === "paid"
        ? t("customer.order")
        : t(`customer.${e.status ?? "unpaid"}` as "customer.unpaid");
  return (
    <>
      {kind} <b>{money(e.amount, e.currency)}</b>
      {e.category && <span>{e.category}</span>}
      {e.quantity > 0 && <span>{t("customer.pieces", { n: decimal(e.quantity, 0) })}</span>}
      {e.discount > 0 && <span>{t("customer.discount", { money: money(e.discount, e.currency) })}</span>}
      {e.order && <span>{e.order}</span>}
    </>
  );
}

/** What they buy, by the money of their paid orders. */
function Habits({ d }: { d: Schemas["CustomerDetail"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const rows = useMemo(() => {
    const sums = new Map<string, { money: number; orders: number }>();
    let all = 0;
    for (const e of d.timeline) {
      if (e.kind !== "order" || e.status !== "paid" || !e.category) continue;
      const s = sums.get(e.category) ?? { money: 0, orders: 0 };
      s.money += e.amount;
      s.orders += 1;
      all += e.amount;
      sums.set(e.category, s);
    }
    return [...sums]
      .map(([name, s]) => ({ name, ...s, share: all > 0 ? s.money / all : 0 }))
      .sort((a, b) => b.share - a.share)
      .slice(0, 5);
  }, [d]);
  if (rows.length === 0) return null;
  return (
    <Card title={t("customer.habits")} subtitle={t("customer.habitsText")}>
      <ul className="habits">
        {rows.map((r) => (
          <li key={r.name}>
            <div className="row">
              <span>{r.name}</span>
              <span className="quiet">
                {percent(r.share, 0)} · {t("customer.times", { n: r.orders })} ·{" "}
                {moneyShort(r.money, d.snapshot.currency, lang)}
              </span>
            </div>
            <div className="share-bar">
              <ShareBar share={r.share} />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Where each score comes from. */
function Why({ c, currency }: { c: Schemas["Customer"]; currency: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const attributes = useQuery(attributesQuery());
  const lifecycle = useQuery(lifecycleQuery());
  const define = (name: string) => attributes.data?.find((a) => a.name === name)?.definition[lang];
  const l = lifecycle.data?.data;
  const line = c.stage === "lost" ? l?.s95 : l?.s80;
  const rows: [string, string, string][] = [
    [
      "stage",
      t("customer.whyStage"),
      c.silence_ratio != null && line != null
        ? t(c.silence_ratio > line ? "customer.over" : "customer.under", {
            ratio: decimal(c.silence_ratio, 2),
            line: decimal(line, 2),
          })
        : t("customer.whyCount", { n: c.purchase_days }),
    ],
    [
      "p_alive",
      t("customer.whyAlive", { p: percent(c.p_alive) }),
      t("customer.whyAliveText", { n: c.purchase_days, silent: days(c.recency_days, lang) }),
    ],
    [
      "clv_12",
      t("customer.whyValue", { money: moneyShort(c.clv_12, currency, lang) }),
      c.clv_12 != null && c.expected_orders_365
        ? t("customer.whyValueText", {
            n: decimal(c.expected_orders_365),
            each: moneyShort(c.clv_12 / c.expected_orders_365, currency, lang),
          })
        : DASH,
    ],
    [
      "rfm_code",
      `RFM ${c.rfm_code ?? DASH}`,
      t("customer.whyRfm", { r: c.r_score ?? DASH, f: c.f_score ?? DASH, m: c.m_score ?? DASH }),
    ],
    [
      "next_due",
      t("customer.due"),
      c.own_rhythm_days != null
        ? t("customer.whyDue", { day: c.last_day, days: days(c.own_rhythm_days, lang) })
        : t("customer.noRhythm"),
    ],
  ];
  return (
    <Card
      title={t("customer.why")}
      subtitle={t("customer.whyText", { rules: l?.rule_set ?? DASH, version: l?.version ?? DASH })}
    >
      <dl className="why">
        {rows.map(([key, name, text]) => (
          <div key={key}>
            <dt>
              {name}
              <Help term={name}>{define(key)}</Help>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
