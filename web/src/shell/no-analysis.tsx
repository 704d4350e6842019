import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, body } from "../api/client";
import { meQuery, snapshotQuery } from "../api/queries";
import { Button } from "../ui/kit";
import { EmptyState, ErrorState } from "../ui/state";
import { permissions } from "./places";
import { useRefresh } from "./stale";

/** Before the first import: what will be here, and the way to fill it. */
export function NoData() {
  const { t } = useTranslation();
  return (
    <EmptyState
      page
      title={t("shell.noData")}
      action={
        <Link to="/data/import" className="button first">
          {t("shell.import")}
        </Link>
      }
    >
      {t("shell.noDataText")}
    </EmptyState>
  );
}

/** Before the first analysis: what will be here, and the button that makes it. */
export function NoAnalysis() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refresh = useRefresh();
  const status = useQuery({ ...snapshotQuery(), refetchInterval: 1500 });
  const me = useQuery(meQuery);
  const may = permissions(me.data);
  const imports = useQuery({
    queryKey: ["imports", "any"],
    enabled: may.has("imports.read") && may.has("imports.run"),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/v1/imports", { params: { query: { limit: 500 } }, signal }))).items,
  });
  const there = Boolean(status.data?.snapshot);
  useEffect(() => {
    if (there) void queries.invalidateQueries();
  }, [there, queries]);
  if (refresh.error) return <ErrorState error={refresh.error} retry={() => refresh.mutate()} page />;
  if (imports.data && !imports.data.some((i) => i.status === "done")) {
    return <NoData />;
  }
  return (
    <EmptyState
      page
      title={t("shell.noAnalysis")}
      action={
        <Button
          type="primary"
          loading={refresh.isPending || Boolean(status.data?.job)}
          onClick={() => refresh.mutate()}
        >
          {t("shell.analyse")}
        </Button>
      }
    >
      {t("shell.noAnalysisText")}
    </EmptyState>
  );
}
