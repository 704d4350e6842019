import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, body, type Schemas } from "../api/client";
import { conditions } from "../customers/address";
import { useLang } from "../lang";
import { count, moneyShort } from "../lang/format";
import { Card } from "../ui/page";
import { Bones, EmptyState, ErrorState } from "../ui/state";
import { type WorkList, workLists } from "./lists";

/** The lists most worth working on today, each with whom and how much it is about. */
export function WorkToday({
  o,
  window,
}: {
  o: Schemas["Overview"];
  window: { start: number; end: number } | null | undefined;
}) {
  const { t } = useTranslation();
  const lists = window === undefined ? [] : workLists(o.snapshot.as_of, window, o.due.known ? o.due.within_days : null);
  const totals = useQueries({
    queries: lists.map((l) => ({
      queryKey: ["customers", "totals", o.snapshot.id, conditions(l.where)],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        body(
          api.GET("/api/v1/customers", {
            params: { query: { where: conditions(l.where), limit: 1, totals: true, columns: ["stage"] } },
            signal,
          }),
        ),
    })),
  });
  const failed = totals.find((q) => q.error);
  const ready = window !== undefined && totals.every((q) => q.data);
  const shown = lists
    .map((list, k) => ({ list, totals: totals[k]?.data?.totals }))
    .filter((x) => (x.totals?.customers ?? 0) > 0);
  return (
    <Card title={t("work.title", { n: ready ? shown.length : 3 })} subtitle={t("work.subtitle")} span={4}>
      {failed ? (
        <ErrorState error={failed.error} retry={failed.refetch} />
      ) : !ready ? (
        <Bones />
      ) : shown.length === 0 ? (
        <EmptyState title={t("work.none")}>{t("work.noneText")}</EmptyState>
      ) : (
        <ol className="work">
          {shown.map(
            ({ list, totals }, k) =>
              totals && <Line key={list.id} list={list} rank={k + 1} totals={totals} currency={o.snapshot.currency} />,
          )}
        </ol>
      )}
    </Card>
  );
}

function Line({
  list,
  rank,
  totals,
  currency,
}: {
  list: WorkList;
  rank: number;
  totals: Schemas["Totals"];
  currency: string;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const about = {
    n: count(totals.customers),
    value: moneyShort(totals.clv_12, currency, lang),
    revenue: moneyShort(totals.revenue, currency, lang),
    from: list.from ?? 0,
    until: list.until ?? 0,
  };
  return (
    <li>
      <span className="rank">{rank}</span>
      <div>
        <h3>{t(`work.${list.id}.title`, about)}</h3>
        <p>{t(`work.${list.id}.text`, about)}</p>
      </div>
      <Link
        to={list.to}
        className={rank === 1 ? "button first" : "button"}
        aria-label={`${t("work.see")}：${t(`work.${list.id}.title`, about)}`}
      >
        {t("work.see")}
      </Link>
    </li>
  );
}
