import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useParams, useSearchParams } from "react-router";
import { api, body, type Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { snapshotQuery } from "../api/queries";
import { useLang } from "../lang";
import { count, percent } from "../lang/format";
import { Icon } from "../ui/icon";
import { App, Button } from "../ui/kit";
import { Card, Page } from "../ui/page";
import { Bones, EmptyState, ErrorState, PageSkeleton } from "../ui/state";
import { DataTable } from "../ui/table";
import { Confirm } from "./confirm";
import { type Excluded, NotesCard, RefusalTable, RowFigures, useExcludedColumns, useTime } from "./figures";
import { State } from "./history";
import { useJob } from "./job";
import { useMay } from "./may";
import { importQuery, refusalsQuery } from "./queries";
import "./data.css";

type Import = Schemas["Import"];

/** One import: what became of it, what was refused, and the way back. */
export default function OneImport() {
  const { t } = useTranslation();
  const id = Number(useParams().id);
  const one = useQuery({
    ...importQuery(id),
    enabled: Number.isSafeInteger(id) && id > 0,
    refetchInterval: (q) => (q.state.data?.status === "running" ? 2000 : false),
  });
  if (!one.data) {
    if (one.error || !(id > 0)) {
      if (one.error && Problem.of(one.error).status !== 404)
        return <ErrorState error={one.error} retry={one.refetch} page />;
      return (
        <EmptyState page title={t("imports.gone")} action={<Link to="/data/imports">{t("imports.back")}</Link>}>
          {t("imports.goneText")}
        </EmptyState>
      );
    }
    return <PageSkeleton figures={4} />;
  }
  return <Loaded one={one.data} />;
}

function Loaded({ one }: { one: Import }) {
  const { t } = useTranslation();
  const time = useTime();
  const may = useMay();
  const at = useLocation();
  const fresh = Boolean((at.state as { fresh?: boolean } | null)?.fresh);
  const undo = useUndo(one);
  useEffect(() => {
    if (at.hash === "#refused") document.getElementById("refused")?.scrollIntoView();
  }, [at.hash]);
  const r = one.report;
  const n = count(one.rows.accepted);
  const title = {
    done: t("imports.done", { n }),
    undone: t("imports.undone", { n }),
    running: t("imports.underway"),
    failed: t("imports.failed"),
  }[one.status];
  return (
    <Page
      name={one.file}
      bar={
        <span>
          {t("places.data")} · <Link to="/data/imports">{t("places.imports")}</Link>
        </span>
      }
      title={title}
      sentence={
        <>
          {t(`data.kinds.${one.kind}`)} · {one.file} · {time(one.created_at)} <State status={one.status} />
        </>
      }
      actions={
        one.status === "done" &&
        may("imports.undo") && (
          <Button danger loading={undo.running} onClick={undo.ask}>
            {t("imports.undo")}
          </Button>
        )
      }
    >
      {undo.question}
      {undo.error && <ErrorState error={undo.error} />}
      {one.status === "failed" && <p className="notice">{t("imports.failedText")}</p>}
      {one.status === "undone" && <p className="notice">{t("imports.undoneText")}</p>}
      {one.status === "done" && may("analyses.read") && <Next fresh={fresh} />}
      {(one.status === "done" || one.status === "undone") && (
        <RowFigures
          rows={one.rows}
          notes={{
            accepted: r && one.kind === "orders" ? t("imports.documents", { n: count(r.counts.documents) }) : undefined,
          }}
        />
      )}
      {r && <Taken one={one} r={r} />}
      <NotesCard notes={r?.notes} />
      {one.rows.refused > 0 && <Refused one={one} />}
      {r && <ExcludedLines r={r} />}
      {r && <Mapping r={r} />}
    </Page>
  );
}

/** Whether the figures stand for what was imported, and where they are. */
function Next({ fresh }: { fresh: boolean }) {
  const { t } = useTranslation();
  const status = useQuery({ ...snapshotQuery(), refetchInterval: (q) => (q.state.data?.job ? 1500 : false) });
  if (!status.data) return null;
  const { job, snapshot, stale } = status.data;
  if (!fresh && !job) return null;
  return (
    <div className="notice next" role="status">
      {job ? (
        <>
          <span className="spin">
            <Icon name="refresh" />
          </span>
          {snapshot ? t("imports.refreshing") : t("imports.analysing")}
        </>
      ) : snapshot && !stale ? (
        <>
          <Icon name="check" />
          {t("imports.fresh", { n: count(snapshot.customers), day: snapshot.as_of })}
          <Link className="button first" to="/">
            {t("imports.toOverview")}
          </Link>
        </>
      ) : (
        <>
          {t("imports.notYet")} <Link to="/">{t("imports.toOverview")}</Link>
        </>
      )}
    </div>
  );
}

/** Takes an import back after a person has read what that does. */
function useUndo(one: Import) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [asking, setAsking] = useState(false);
  const [q, setQ] = useSearchParams();
  const id = q.get("job");
  const { job, error: lost } = useJob(id);
  const start = useMutation({
    mutationFn: () => body(api.POST("/api/v1/imports/{id}/undo", { params: { path: { id: one.id } } })),
    onSuccess: (job) => setQ({ job: job.id }, { replace: true }),
  });
  const ended = job && job.state !== "running" ? job.state : undefined;
  useEffect(() => {
    if (!ended) return;
    void queries.invalidateQueries({ queryKey: ["imports"] });
    void queries.invalidateQueries({ queryKey: ["snapshot"] });
    if (ended !== "done") return;
    message.success(t("imports.undoDone"));
    setQ({}, { replace: true });
  }, [ended, queries, message, setQ, t]);
  return {
    running: start.isPending || (Boolean(id) && !ended && !lost),
    error: start.error ?? lost ?? (job?.state === "failed" ? new Problem({ ...job.problem, status: -1 }) : undefined),
    ask: () => setAsking(true),
    question: asking && (
      <Confirm
        title={t("imports.undoTitle", { file: one.file })}
        act={t("imports.undo")}
        danger
        done={() => start.mutate()}
        close={() => setAsking(false)}
      >
        <ul className="plain-list">
          <li>{t("imports.undoRows", { n: count(one.rows.accepted) })}</li>
          <li>{t("imports.undoOthers")}</li>
          <li>{t("imports.undoFigures")}</li>
          <li>{t("imports.undoAgain")}</li>
        </ul>
      </Confirm>
    ),
  };
}

/** What was taken, beyond the rows. */
function Taken({ one, r }: { one: Import; r: Schemas["ImporterReport"] }) {
  const { t } = useTranslation();
  if (one.kind !== "orders") return null;
  const c = r.counts;
  const lines = [
    [t("imports.newCustomers"), c.new_customers],
    [t("imports.walkIns"), c.unattributed],
    [t("imports.unpaid"), c.unpaid],
    [t("imports.excluded"), c.excluded],
    [t("imports.refunds"), c.refund_rows],
    [t("imports.changed"), c.documents_changed],
    [t("imports.repeated"), c.repeated],
  ] as const;
  return (
    <Card title={t("imports.within")} subtitle={t("imports.withinText")}>
      <dl className="facts">
        {lines
          .filter(([, n], k) => n > 0 || k === 0)
          .map(([name, n]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{count(n)}</dd>
            </div>
          ))}
      </dl>
    </Card>
  );
}

function Refused({ one }: { one: Import }) {
  const { t } = useTranslation();
  const refusals = useInfiniteQuery(refusalsQuery(one.id));
  const rows = refusals.data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <div id="refused">
      <Card
        title={t("imports.refusedTitle", {
          n: count(one.rows.refused),
          share: percent(one.rows.refused / one.rows.read),
        })}
        subtitle={t("imports.refusedText")}
        tools={
          <a className="button" href={`/api/v1/imports/${one.id}/refusals.csv`} download>
            {t("imports.refusedFile")}
          </a>
        }
      >
        {refusals.error ? (
          <ErrorState error={refusals.error} retry={refusals.refetch} />
        ) : refusals.data ? (
          <RefusalTable refusals={rows} />
        ) : (
          <Bones />
        )}
        {refusals.hasNextPage && (
          <Button type="link" loading={refusals.isFetchingNextPage} onClick={() => refusals.fetchNextPage()}>
            {t("imports.moreRefused", { n: count(rows.length), of: count(one.rows.refused) })}
          </Button>
        )}
      </Card>
    </div>
  );
}

function ExcludedLines({ r }: { r: Schemas["ImporterReport"] }) {
  const { t } = useTranslation();
  const columns = useExcludedColumns<Excluded & { k: number }>(r.currency);
  const lines = r.excluded_lines ?? [];
  if (lines.length === 0) return null;
  return (
    <details className="card fold">
      <summary>{t("imports.excludedTitle", { n: count(r.counts.excluded), kinds: lines.length })}</summary>
      <DataTable
        label={t("imports.excluded")}
        compact
        rows={lines.map((x, k) => ({ ...x, k }))}
        id={(x) => x.k}
        columns={columns}
      />
    </details>
  );
}

function Mapping({ r }: { r: Schemas["ImporterReport"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const columns = r.mapping?.columns ?? [];
  if (columns.length === 0) return null;
  const about = [
    r.file.sheet && t("imports.sheet", { sheet: r.file.sheet }),
    r.mapping?.title[lang],
    r.time_zone,
    r.currency,
  ].filter(Boolean);
  return (
    <details className="card fold">
      <summary>{t("imports.mapping", { n: columns.length })}</summary>
      <p className="quiet">{about.join(" · ")}</p>
      <DataTable
        label={t("imports.mapping", { n: columns.length })}
        compact
        rows={columns}
        id={(c) => c.index}
        columns={[
          {
            key: "header",
            label: t("data.column"),
            wraps: true,
            cell: (c) => c.header || t("wizard.nth", { n: c.index + 1 }),
          },
          {
            key: "why",
            label: t("wizard.why"),
            wraps: true,
            cell: (c) => (c.confidence === 1 ? t("wizard.byHand") : c.reason[lang]),
          },
        ]}
      />
    </details>
  );
}
