import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, body } from "../api/client";
import { Problem } from "../api/problem";
import { attributesQuery, meQuery } from "../api/queries";
import { useLang } from "../lang";
import { count, moneyShort } from "../lang/format";
import { NoAnalysis } from "../shell/no-analysis";
import { permissions } from "../shell/places";
import { Icon } from "../ui/icon";
import { Button, Checkbox, Popover } from "../ui/kit";
import { Page } from "../ui/page";
import { EmptyState, ErrorState, PageSkeleton } from "../ui/state";
import { type Column, DataTable } from "../ui/table";
import { conditions, useAsked } from "./address";
import { Export } from "./export";
import { Filters } from "./filters";
import { type Attribute, isNumber, useShow, useWords, type Value } from "./show";
import "./customers.css";

export const usualColumns = [
  "stage",
  "rfm_code",
  "clv_12",
  "p_alive",
  "recency_days",
  "orders",
  "revenue",
  "last_day",
  "next_due",
] as const;
const RUN = 60;

type Customer = { customer: number; id: string } & Record<string, Value>;

/** The people: found by what is known of them, looked at, taken along. */
export default function Customers() {
  const { t } = useTranslation();
  const lang = useLang();
  const [asked, ask] = useAsked(usualColumns);
  const me = useQuery(meQuery);
  const attributes = useQuery(attributesQuery());
  const where = conditions(asked.where);
  const query = { where, sort: asked.sort, columns: [...asked.columns] };
  const list = useInfiniteQuery({
    queryKey: ["customers", "list", query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/customers", {
          params: { query: { ...query, limit: RUN, totals: !pageParam, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  });
  const words = useWords(attributes.data ?? []);
  const first = list.data?.pages[0];
  const currency = first?.snapshot.currency ?? "";
  const show = useShow(currency);

  if (attributes.error) return <ErrorState error={attributes.error} retry={attributes.refetch} page />;
  if (Problem.of(list.error).code === "snapshot.none") return <NoAnalysis />;
  if (!attributes.data) return <PageSkeleton figures={4} />;

  const all = attributes.data;
  const chosen = asked.columns.map((name) => all.find((a) => a.name === name)).filter((a) => a !== undefined);
  const rows = (list.data?.pages ?? []).flatMap((p) => p.items as unknown as Customer[]);
  const totals = first?.totals;
  const columns: Column<Customer>[] = [
    {
      key: "id",
      label: t("customers.customer"),
      cell: (c) => <Link to={`/customers/${c.customer}`}>{c.id || t("customers.nameless", { key: c.customer })}</Link>,
    },
    ...chosen.map((a) => ({
      key: a.name,
      label: a.label[lang],
      help: a.definition[lang],
      number: isNumber(a),
      sorts: true,
      cell: (c: Customer) => show(a, c[a.name]),
    })),
  ];
  const desc = asked.sort.startsWith("-");
  return (
    <Page
      name={t("places.customers")}
      title={totals ? t("customers.title", { n: count(totals.customers) }) : t("places.customers")}
      sentence={
        totals
          ? t(asked.where.length ? "customers.some" : "customers.all", {
              who: asked.where.map(words).join(lang === "zh" ? "，" : ", "),
              revenue: moneyShort(totals.revenue, currency, lang),
              value: moneyShort(totals.clv_12, currency, lang),
            })
          : " "
      }
      asOf={first && t("analyze.asOf", { day: first.snapshot.as_of })}
      actions={
        <>
          <Columns all={all} chosen={asked.columns} set={(c) => ask({ columns: c })} />
          {permissions(me.data).has("customers.export") && <Export asked={asked} />}
        </>
      }
    >
      <Filters where={asked.where} set={(w) => ask({ where: w })} attributes={all} />
      {list.error && !list.data ? (
        <section className="card">
          <ErrorState error={list.error} retry={list.refetch} />
        </section>
      ) : !list.data ? (
        <section className="card list-card" aria-busy="true">
          <div className="list-bones">
            {Array.from({ length: 12 }, (_, k) => k).map((k) => (
              <span key={k} className="bone" />
            ))}
          </div>
        </section>
      ) : rows.length === 0 ? (
        <section className="card">
          <EmptyState
            title={t("customers.none")}
            action={
              asked.where.length > 0 && (
                <Button type="primary" onClick={() => ask({ where: [] })}>
                  {t("customers.clear")}
                </Button>
              )
            }
          >
            {t("customers.noneText")}
          </EmptyState>
        </section>
      ) : (
        <section className="card list-card" aria-busy={list.isPlaceholderData}>
          <DataTable
            label={t("customers.list")}
            columns={columns}
            rows={rows}
            id={(c) => c.customer}
            to={(c) => `/customers/${c.customer}`}
            sort={{ by: asked.sort.replace(/^-/, ""), desc }}
            onSort={(s) => ask({ sort: (s.desc ? "-" : "") + s.by })}
          />
          <More
            more={list.hasNextPage}
            busy={list.isFetchingNextPage}
            failed={list.isFetchNextPageError}
            load={list.fetchNextPage}
            text={
              list.hasNextPage
                ? t("customers.shown", { n: count(rows.length), of: count(totals?.customers) })
                : t("customers.end", { n: count(rows.length) })
            }
          />
        </section>
      )}
    </Page>
  );
}

/** The next run of a list comes by itself when its end is near; the button is for who cannot scroll. */
function More({
  more,
  busy,
  failed,
  load,
  text,
}: {
  more: boolean;
  busy: boolean;
  failed: boolean;
  load: () => void;
  text: string;
}) {
  const { t } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (!element || !more || busy || failed) return;
    const watch = new IntersectionObserver(
      (entries) => {
        if (entries.some((e) => e.isIntersecting)) load();
      },
      { rootMargin: "400px" },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [more, busy, failed, load]);
  return (
    <div ref={end} className="list-foot">
      <span>{text}</span>
      {more && (
        <Button type="link" loading={busy} onClick={load}>
          {failed ? t("shell.retry") : t("customers.more")}
        </Button>
      )}
    </div>
  );
}

function Columns({
  all,
  chosen,
  set,
}: {
  all: readonly Attribute[];
  chosen: readonly string[];
  set: (columns: readonly string[]) => void;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={
        <div className="column-list">
          {all.map((a) => (
            <Checkbox
              key={a.name}
              checked={chosen.includes(a.name)}
              disabled={chosen.length === 1 && chosen[0] === a.name}
              onChange={(e) =>
                set(
                  e.target.checked
                    ? all.map((x) => x.name).filter((n) => n === a.name || chosen.includes(n))
                    : chosen.filter((n) => n !== a.name),
                )
              }
            >
              {a.label[lang]}
            </Checkbox>
          ))}
        </div>
      }
    >
      <Button icon={<Icon name="columns" />}>{t("customers.columns")}</Button>
    </Popover>
  );
}
