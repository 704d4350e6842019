import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { count } from "../lang/format";
import { Button } from "../ui/kit";
import { Card, Page } from "../ui/page";
import { EmptyState, ErrorState, PageSkeleton } from "../ui/state";
import { DataTable } from "../ui/table";
import { useTime } from "./figures";
import { useMay } from "./may";
import { importsQuery, jobsQuery } from "./queries";
import "./data.css";

export function State({ status }: { status: Schemas["Import"]["status"] }) {
  const { t } = useTranslation();
  return <span className={`tag state-${status}`}>{t(`data.states.${status}`)}</span>;
}

/** What was taken in, the newest first. */
export default function History() {
  const { t } = useTranslation();
  const time = useTime();
  const may = useMay();
  const imports = useInfiniteQuery({
    ...importsQuery(),
    refetchInterval: (q) =>
      q.state.data?.pages.some((p) => p.items.some((i) => i.status === "running")) ? 3000 : false,
  });
  const jobs = useQuery({ ...jobsQuery(), enabled: may("analyses.read") });
  if (!imports.data) {
    return imports.error ? (
      <ErrorState error={imports.error} retry={imports.refetch} page />
    ) : (
      <PageSkeleton figures={4} />
    );
  }
  const rows = imports.data.pages.flatMap((p) => p.items);
  const begin = may("imports.run") && (
    <Link to="/data/import" className="button first">
      {t("imports.another")}
    </Link>
  );
  const latest = rows.find((r) => r.status === "done");
  const running = jobs.data?.find((j) => j.kind === "import" && j.state === "running");
  if (rows.length === 0) {
    return (
      <EmptyState
        page
        title={t("imports.none")}
        action={
          may("imports.run") && (
            <Link to="/data/import" className="button first">
              {t("imports.first")}
            </Link>
          )
        }
      >
        {t("imports.noneText")}
      </EmptyState>
    );
  }
  return (
    <Page
      name={t("places.imports")}
      bar={
        <span>
          {t("places.data")} · {t("places.imports")}
        </span>
      }
      title={latest ? t("imports.latest", { file: latest.file, n: count(latest.rows.accepted) }) : t("places.imports")}
      sentence={latest ? t("imports.latestText", { time: time(latest.created_at) }) : t("imports.noneDone")}
      actions={begin}
    >
      {running && (
        <div className="notice" role="status">
          {t("imports.running")} <Link to={`/data/import?job=${running.id}`}>{t("imports.progress")}</Link>
        </div>
      )}
      <Card title={t("imports.title", { n: `${rows.length}${imports.hasNextPage ? "+" : ""}` })}>
        <DataTable
          label={t("places.imports")}
          rows={rows}
          id={(r) => r.id}
          to={(r) => `/data/imports/${r.id}`}
          columns={[
            {
              key: "file",
              label: t("imports.file"),
              wraps: true,
              cell: (r) => (
                <Link className="cut" to={`/data/imports/${r.id}`}>
                  {r.file}
                </Link>
              ),
            },
            { key: "kind", label: t("imports.kind"), cell: (r) => t(`data.kinds.${r.kind}`) },
            { key: "state", label: t("imports.state"), cell: (r) => <State status={r.status} /> },
            { key: "time", label: t("imports.time"), cell: (r) => time(r.created_at) },
            { key: "read", label: t("data.read"), number: true, cell: (r) => count(r.rows.read) },
            { key: "accepted", label: t("data.accepted"), number: true, cell: (r) => count(r.rows.accepted) },
            {
              key: "refused",
              label: t("data.refused"),
              number: true,
              cell: (r) =>
                r.rows.refused > 0 ? (
                  <Link to={`/data/imports/${r.id}#refused`}>{count(r.rows.refused)}</Link>
                ) : (
                  count(r.rows.refused)
                ),
            },
            { key: "duplicate", label: t("data.duplicate"), number: true, cell: (r) => count(r.rows.duplicate) },
          ]}
        />
        {imports.hasNextPage && (
          <Button type="link" loading={imports.isFetchingNextPage} onClick={() => imports.fetchNextPage()}>
            {t("imports.more")}
          </Button>
        )}
      </Card>
    </Page>
  );
}
