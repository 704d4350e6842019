import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { overviewQuery } from "../api/queries";
import { useLang } from "../lang";
import { count, money, month } from "../lang/format";
import { NoAnalysis } from "../shell/no-analysis";
import { App, Button, Checkbox } from "../ui/kit";
import { Card, Page } from "../ui/page";
import { EmptyState, ErrorState, PageSkeleton } from "../ui/state";
import { type Column, DataTable } from "../ui/table";
import { Confirm } from "./confirm";
import { useTime } from "./figures";
import { useMay } from "./may";
import { monthsQuery } from "./queries";
import "./data.css";

type Month = Schemas["MetricMonth"];
type Closed = Schemas["ReportClosedMonth"];

const figures = ["revenue", "repeat_revenue", "orders", "buyers", "new_buyers", "first_seen", "second_orders"] as const;
type Name = (typeof figures)[number];

const amounts: readonly Name[] = ["revenue", "repeat_revenue"];

function useShow(): (name: Name, v: number | undefined, currency: string) => string {
  return (name, v, currency) => (amounts.includes(name) ? money(v, currency) : count(v));
}

/** The figures that were reported, beside what they are today. */
export default function Months() {
  const { t } = useTranslation();
  const overview = useQuery(overviewQuery());
  const closed = useQuery(monthsQuery());
  const none = overview.error && Problem.of(overview.error).code === "snapshot.none";
  if (none && !closed.data?.length) return <NoAnalysis />;
  if (!closed.data || (!overview.data && !none)) {
    const failed = [closed, overview].find((q) => q.error);
    if (!failed) return <PageSkeleton figures={4} />;
    return <ErrorState error={failed.error} retry={failed.refetch} page />;
  }
  const reported = [...closed.data].reverse();
  const changed = reported.filter((m) => (m.changed ?? []).length > 0).length;
  const known = new Set(reported.map((m) => m.month));
  const over = (overview.data?.base.months ?? []).filter((m) => !m.open && !known.has(m.month)).reverse();
  return (
    <Page
      name={t("places.months")}
      bar={
        <span>
          {t("places.data")} · {t("places.months")}
        </span>
      }
      asOf={overview.data && t("analyze.asOf", { day: overview.data.snapshot.as_of })}
      title={
        reported.length === 0
          ? t("months.none")
          : changed > 0
            ? t("months.changed", { n: reported.length, changed })
            : t("months.same", { n: reported.length })
      }
      sentence={t("months.sentence")}
    >
      {reported.length > 0 && <Reported months={reported} />}
      <Over months={over} currency={overview.data?.snapshot.currency ?? ""} />
    </Page>
  );
}

function Reported({ months }: { months: readonly Closed[] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const time = useTime();
  const may = useMay();
  const show = useShow();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [asking, setAsking] = useState<Closed>();
  const reopen = async (m: Closed) => {
    try {
      await api.DELETE("/api/v1/months/{month}", { params: { path: { month: m.month } } });
      message.success(t("months.reopened", { month: month(m.month, lang) }));
    } catch (e) {
      message.error(Problem.of(e).detail || t("shell.failed"));
    }
    await queries.invalidateQueries({ queryKey: ["months"] });
  };
  const figure = (name: Name): Column<Closed> => ({
    key: name,
    label: t(`months.figures.${name}`),
    number: true,
    cell: (m) => {
      const was = show(name, m.reported[name], m.currency);
      if (!(m.changed ?? []).includes(name)) return was;
      const by = (m.now?.[name] ?? 0) - m.reported[name];
      return (
        <span className="moved">
          <span>{was}</span>
          {m.now ? (
            <>
              <b>{t("months.now", { now: show(name, m.now[name], m.currency) })}</b>
              <b>{t(by >= 0 ? "months.more" : "months.less", { by: show(name, Math.abs(by), m.currency) })}</b>
            </>
          ) : (
            <b>{t("months.nowGone")}</b>
          )}
        </span>
      );
    },
  });
  return (
    <Card title={t("months.reported")} subtitle={t("months.reportedText")}>
      <DataTable
        label={t("months.reported")}
        rows={months}
        id={(m) => m.month}
        columns={[
          {
            key: "month",
            label: t("months.month"),
            cell: (m) => (
              <span className="stacked">
                <span>{month(m.month, lang)}</span>
                {(m.changed ?? []).length > 0 && <span className="tag warn">{t("months.differs")}</span>}
                {m.redefined && <span className="tag">{t("months.redefined", { v: m.definitions_version })}</span>}
              </span>
            ),
          },
          ...figures.map(figure),
          {
            key: "by",
            label: t("months.by"),
            cell: (m) => (
              <span className="stacked quiet">
                <span>{m.closed_by}</span>
                <span title={time(m.closed_at)}>{time(m.closed_at).split(/,? (?=\d\d:)/)[0]}</span>
              </span>
            ),
          },
          ...(may("settings.edit")
            ? [
                {
                  key: "reopen",
                  label: t("data.action"),
                  cell: (m: Closed) => (
                    <Button
                      size="small"
                      aria-label={t("months.reopenOf", { month: month(m.month, lang) })}
                      onClick={() => setAsking(m)}
                    >
                      {t("months.reopen")}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {asking && (
        <Confirm
          title={t("months.reopenTitle", { month: month(asking.month, lang) })}
          act={t("months.reopen")}
          done={() => void reopen(asking)}
          close={() => setAsking(undefined)}
        >
          <p>{(asking.changed ?? []).length > 0 ? t("months.reopenChanged") : t("months.reopenText")}</p>
        </Confirm>
      )}
    </Card>
  );
}

/** The months that are over and whose figures still move. */
function Over({ months, currency }: { months: readonly Month[]; currency: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const may = useMay();
  const show = useShow();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const close = useMutation({
    mutationFn: (months: string[]) => body(api.POST("/api/v1/months", { body: { months } })),
    onSuccess: (_, months) => {
      setChosen([]);
      message.success(t("months.closed", { n: months.length }));
      return queries.invalidateQueries({ queryKey: ["months"] });
    },
  });
  if (months.length === 0) {
    return (
      <Card title={t("months.over")}>
        <EmptyState title={t("months.allClosed")}>{t("months.allClosedText")}</EmptyState>
      </Card>
    );
  }
  const edits = may("settings.edit");
  const picked = chosen.filter((m) => months.some((x) => x.month === m));
  return (
    <Card
      title={t("months.overTitle", { n: months.length })}
      subtitle={t("months.overText")}
      tools={
        edits && (
          <div className="card-tools">
            <Button
              type="link"
              onClick={() => setChosen(picked.length === months.length ? [] : months.map((m) => m.month))}
            >
              {picked.length === months.length ? t("months.noneChosen") : t("months.all")}
            </Button>
            <Button
              type="primary"
              disabled={picked.length === 0}
              loading={close.isPending}
              onClick={() => close.mutate([...picked])}
            >
              {picked.length > 0 ? t("months.closeN", { n: picked.length }) : t("months.close")}
            </Button>
          </div>
        )
      }
    >
      {close.error && <ErrorState error={close.error} />}
      <DataTable
        label={t("months.over")}
        compact
        rows={months}
        id={(m) => m.month}
        columns={[
          {
            key: "month",
            label: t("months.month"),
            cell: (m) =>
              edits ? (
                <Checkbox
                  checked={picked.includes(m.month)}
                  onChange={(e) =>
                    setChosen(e.target.checked ? [...picked, m.month] : picked.filter((x) => x !== m.month))
                  }
                >
                  {month(m.month, lang)}
                </Checkbox>
              ) : (
                month(m.month, lang)
              ),
          },
          ...figures.map(
            (name): Column<Month> => ({
              key: name,
              label: t(`months.figures.${name}`),
              number: true,
              cell: (m) => show(name, m[name], currency),
            }),
          ),
        ]}
      />
    </Card>
  );
}
