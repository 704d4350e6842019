import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { snapshotQuery } from "../api/queries";
import { Button } from "../ui/kit";
import { EmptyState, ErrorState } from "../ui/state";
import { useRefresh } from "./stale";

/** Before the first analysis: what will be here, and the button that makes it. */
export function NoAnalysis() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refresh = useRefresh();
  const status = useQuery({ ...snapshotQuery(), refetchInterval: 1500 });
  const there = Boolean(status.data?.snapshot);
  useEffect(() => {
    if (there) void queries.invalidateQueries();
  }, [there, queries]);
  if (refresh.error) return <ErrorState error={refresh.error} retry={() => refresh.mutate()} page />;
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
