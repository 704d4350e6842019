import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { lifecycleQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, days, decimal, moneyShort, percent } from "../lang/format";
import { Chart } from "../ui/chart/chart";
import { stageFlow } from "../ui/chart/stages";
import { Card } from "../ui/page";
import { Stage } from "../ui/stage";
import { EmptyState } from "../ui/state";
import { DataTable, ShareCell } from "../ui/table";
import { AnalysisPage } from "./page";
import { Notes } from "./rfm";
import { StagesOverTime, useStages } from "./stages-over-time";

/** How many are in each stage, what they are worth, where they came from and go. */
export default function Lifecycle() {
  const { t } = useTranslation();
  const query = useQuery(lifecycleQuery());
  return (
    <AnalysisPage id="lifecycle" query={query}>
      {({ data: l, snapshot }) => {
        if (!l) return { title: t("places.lifecycle"), body: <EmptyState page title={t("lifecycle.empty")} /> };
        const of = (stage: string) => l.stages?.find((s) => s.stage === stage)?.customers ?? 0;
        return {
          title: t("lifecycle.title", { decline: count(of("decline")), lost: count(of("lost")) }),
          sentence: (
            <>
              {l.cycle_days != null && l.s80 != null && l.s95 != null
                ? t("lifecycle.rule", {
                    rules: l.rule_set,
                    version: l.version,
                    days: decimal(l.cycle_days, 0),
                    s80: decimal(l.s80),
                    s95: decimal(l.s95),
                  })
                : t("lifecycle.rulePlain", { rules: l.rule_set, version: l.version })}
              {l.returned.customers > 0 && (
                <>
                  {" "}
                  <Link to={customersAt([["returned", "is", "true"]], "-last_day")}>
                    {t("lifecycle.returned", { n: count(l.returned.customers) })}
                  </Link>
                </>
              )}
            </>
          ),
          body: (
            <>
              <div className="grid">
                <StagesOverTime lifecycle={l} customers={snapshot.customers} span={12} weeks={104} />
              </div>
              <Cards l={l} currency={snapshot.currency} />
              <div className="grid">
                <Flow l={l} />
                <Proof l={l} />
              </div>
              <Notes notes={l.notes} />
            </>
          ),
        };
      }}
    </AnalysisPage>
  );
}

function Cards({ l, currency }: { l: Schemas["LifecycleReport"]; currency: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const stage = useStages(l);
  const rows = (l.stages ?? []).filter((c) => c.stage !== "prospect" || c.customers > 0);
  return (
    <div className="grid">
      <Card title={t("lifecycle.cards")} subtitle={t("lifecycle.cardsText")} span={12}>
        <DataTable
          label={t("lifecycle.cards")}
          rows={rows}
          id={(c) => c.stage}
          to={(c) => (c.stage === "prospect" ? undefined : customersAt([["stage", "is", c.stage]], "-clv_12"))}
          columns={[
            {
              key: "stage",
              label: t("lifecycle.stage"),
              cell: (c) => {
                const name = <Stage stage={c.stage} {...stage(c.stage)} />;
                // Prospects have bought nothing; lists are of customers.
                return c.stage === "prospect" ? (
                  name
                ) : (
                  <Link to={customersAt([["stage", "is", c.stage]], "-clv_12")}>{name}</Link>
                );
              },
            },
            { key: "customers", label: t("lifecycle.customers"), number: true, cell: (c) => count(c.customers) },
            {
              key: "share",
              label: t("lifecycle.share"),
              number: true,
              cell: (c) => (c.stage === "prospect" ? "—" : <ShareCell share={c.share} text={percent(c.share)} />),
            },
            {
              key: "revenue",
              label: t("lifecycle.revenue"),
              number: true,
              cell: (c) => moneyShort(c.revenue_365, currency, lang),
            },
            {
              key: "each",
              label: t("lifecycle.perBuyer"),
              number: true,
              cell: (c) => moneyShort(c.revenue_per_buyer, currency, lang),
            },
            { key: "repeat", label: t("lifecycle.repeat"), number: true, cell: (c) => percent(c.repeat_rate_365) },
            {
              key: "value",
              label: t("lifecycle.value"),
              number: true,
              cell: (c) => moneyShort(c.expected_value, currency, lang),
            },
            { key: "in", label: t("lifecycle.in"), number: true, cell: (c) => days(c.median_days_in_stage, lang) },
            { key: "stay", label: t("lifecycle.stay"), number: true, cell: (c) => days(c.median_stay_days, lang) },
          ]}
        />
      </Card>
    </div>
  );
}

function Flow({ l }: { l: Schemas["LifecycleReport"] }) {
  const { t } = useTranslation();
  const stage = useStages(l);
  const f = l.flow;
  const { form, moves } = useMemo(() => {
    const moves: { from: string; to: string; n: number; share: number }[] = [];
    (f?.from ?? []).forEach((from, i) => {
      (f?.to ?? []).forEach((to, j) => {
        const n = f?.counts?.[i]?.[j] ?? 0;
        if (n > 0) moves.push({ from, to, n, share: f?.shares?.[i]?.[j] ?? 0 });
      });
    });
    const sides = (["from", "to"] as const).map((side, depth) =>
      (f?.[side] ?? [])
        .filter((s) => moves.some((m) => m[side] === s))
        .map((s) => ({
          id: `${depth}:${s}`,
          depth,
          ...stage(s),
          to: depth ? customersAt([["stage", "is", s]], "-clv_12") : undefined,
        })),
    );
    return {
      moves,
      form: stageFlow({
        nodes: sides.flat(),
        links: moves.map((m) => ({
          source: `0:${m.from}`,
          target: `1:${m.to}`,
          value: m.n,
          // Who was where 90 days ago is told by the stage before, where it changed once.
          to: customersAt(
            m.from === m.to
              ? [["stage", "is", m.to]]
              : [
                  ["stage", "is", m.to],
                  ["previous_stage", "is", m.from],
                ],
            "-clv_12",
          ),
        })),
      }),
    };
  }, [f, stage]);
  const slid = moves
    .filter((m) => m.to === "decline" && m.from !== "decline" && m.from !== "lost")
    .sort((a, b) => b.n - a.n)
    .at(0);
  return (
    <Chart
      title={
        slid
          ? t("lifecycle.slid", { n: count(slid.n), from: stage(slid.from).name, to: stage(slid.to).name })
          : t("lifecycle.flow")
      }
      subtitle={f ? t("lifecycle.flowText", { from: f.from_day, to: f.to_day }) : t("lifecycle.flow")}
      name="stage-flow"
      span={7}
      tall
      form={form}
      empty={f ? undefined : { title: t("lifecycle.flowEmpty"), text: t("lifecycle.flowEmptyText") }}
      sheet={{
        columns: [
          { label: t("lifecycle.from"), show: (v) => stage(String(v)).name },
          { label: t("lifecycle.to"), show: (v) => stage(String(v)).name },
          { label: t("lifecycle.customers"), number: true, show: (v) => count(v as number) },
          { label: t("lifecycle.ofStage"), number: true, show: (v) => percent(v as number) },
        ],
        rows: moves.map((m) => ({
          values: [m.from, m.to, m.n, m.share],
          to: customersAt([["stage", "is", m.to]], "-clv_12"),
        })),
      }}
    />
  );
}

function Proof({ l }: { l: Schemas["LifecycleReport"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const stage = useStages(l);
  const proof = l.proof_history?.[0];
  const rows = (proof?.stages ?? []).filter((r) => r.customers > 0);
  const rate = (s: string) => rows.find((r) => r.stage === s)?.returned_90;
  const [mature, lost] = [rate("maturity"), rate("lost")];
  return (
    <Card
      title={
        mature != null && lost != null
          ? t("lifecycle.proofTitle", { a: percent(mature), b: percent(lost) })
          : t("lifecycle.proof")
      }
      subtitle={proof ? t("lifecycle.proofText", { day: proof.day, days: proof.window_days }) : undefined}
      note={proof?.sentence[lang]}
      span={5}
    >
      {!proof ? (
        <EmptyState title={t("lifecycle.flowEmpty")}>{t("lifecycle.proofEmpty")}</EmptyState>
      ) : (
        <DataTable
          label={t("lifecycle.proof")}
          compact
          rows={rows}
          id={(r) => r.stage}
          columns={[
            { key: "stage", label: t("lifecycle.stage"), cell: (r) => <Stage stage={r.stage} {...stage(r.stage)} /> },
            { key: "n", label: t("lifecycle.before"), number: true, cell: (r) => count(r.customers) },
            {
              key: "back",
              label: t("lifecycle.back"),
              number: true,
              cell: (r) =>
                r.returned_90 == null ? "—" : <ShareCell share={r.returned_90} text={percent(r.returned_90)} />,
            },
          ]}
        />
      )}
    </Card>
  );
}
