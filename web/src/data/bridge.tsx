import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, money, moneyShort, percent } from "../lang/format";
import { NoAnalysis } from "../shell/no-analysis";
import { Chart } from "../ui/chart/chart";
import { waterfall } from "../ui/chart/waterfall";
import { Page } from "../ui/page";
import { ErrorState, PageSkeleton } from "../ui/state";
import { bridgeQuery } from "./queries";
import "./data.css";

/** From the money in the files to the money in the figures, step by step. */
export default function Bridge() {
  const bridge = useQuery(bridgeQuery());
  if (bridge.data) return <Loaded snapshot={bridge.data.snapshot} steps={bridge.data.data ?? []} />;
  if (!bridge.error) return <PageSkeleton figures={4} />;
  if (Problem.of(bridge.error).code === "snapshot.none") return <NoAnalysis />;
  return <ErrorState error={bridge.error} retry={bridge.refetch} page />;
}

/** A name within a sentence. */
const lower = (s: string) => s.charAt(0).toLowerCase() + s.slice(1);

/** Where the customers of what is left are. */
const people: Record<string, string> = {
  gross: customersAt([["revenue", "at_least", "0.01"]], "-revenue"),
  net: customersAt([["revenue", "at_least", "0.01"]], "-revenue"),
  margin: customersAt([["revenue", "at_least", "0.01"]], "-revenue"),
};

function Loaded({ snapshot, steps }: { snapshot: Schemas["Snapshot"]; steps: readonly Schemas["ReportStep"][] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const name = (s: Schemas["ReportStep"]) => (lang === "zh" ? s.label_zh : s.label_en);
  const shown = steps.filter((s) => s.total || s.amount !== 0 || s.orders);
  const totals = steps.filter((s) => s.total);
  const [first, last] = [totals[0], totals.at(-1)];
  const taken = shown.filter((s) => !s.total).sort((a, b) => a.amount - b.amount)[0];
  const form = useMemo(
    () =>
      waterfall(
        steps
          .filter((s) => s.total || s.amount !== 0 || s.orders)
          .map((s) => ({
            name: lang === "zh" ? s.label_zh : s.label_en,
            amount: s.amount,
            total: s.total,
            to: people[s.id],
          })),
        { money: (v) => moneyShort(v, snapshot.currency, lang), rest: t("bridge.rest") },
      ),
    [steps, snapshot.currency, lang, t],
  );
  const empty = !first || !last || first.amount <= 0;
  const title = empty
    ? t("bridge.none")
    : t("bridge.title", { share: percent(last.amount / first.amount), what: lower(name(last)) });
  return (
    <Page
      name={t("places.bridge")}
      bar={
        <span>
          {t("places.data")} · {t("places.bridge")}
        </span>
      }
      asOf={t("analyze.asOf", { day: snapshot.as_of })}
      title={title}
      sentence={
        empty ? undefined : (
          <>
            {taken &&
              taken.amount < 0 &&
              t("bridge.sentence", {
                first: moneyShort(first.amount, snapshot.currency, lang),
                last: moneyShort(last.amount, snapshot.currency, lang),
                step: name(taken),
                money: moneyShort(-taken.amount, snapshot.currency, lang),
              })}{" "}
            <Link to="/data/imports">{t("bridge.files")}</Link>
          </>
        )
      }
      foot={t("bridge.foot")}
    >
      <Chart
        title={
          empty || !taken || taken.amount >= 0
            ? t("bridge.steps")
            : t("bridge.most", { step: name(taken), share: percent(-taken.amount / first.amount) })
        }
        subtitle={t("bridge.subtitle", { currency: snapshot.currency, n: count(snapshot.customers) })}
        name="bridge"
        tall
        form={form}
        empty={empty ? { title: t("bridge.none"), text: t("bridge.noneText") } : undefined}
        sheet={{
          columns: [
            { label: t("bridge.step") },
            { label: t("bridge.amount"), number: true, show: (v) => money(v as number, snapshot.currency) },
            { label: t("bridge.share"), number: true, show: (v) => percent(v as number) },
            { label: t("bridge.orders"), number: true, show: (v) => count(v as number | null) },
          ],
          rows: shown.map((s) => ({
            values: [name(s), s.amount, first && first.amount > 0 ? s.amount / first.amount : null, s.orders ?? null],
            to: people[s.id],
          })),
        }}
      />
    </Page>
  );
}
