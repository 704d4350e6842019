import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "../api/client";
import { snapshotQuery } from "../api/queries";
import { Button } from "../ui/kit";
import { permissions } from "./places";

/** Says when the figures no longer stand for the data, and brings them up to date. */
export function StaleBanner({ me }: { me: Schemas["Me"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const may = permissions(me).has("analyses.read");
  const status = useQuery({
    ...snapshotQuery(),
    enabled: may,
    refetchInterval: (q) => (q.state.data?.job ? 1500 : 60_000),
  });
  const refresh = useRefresh();
  const running = Boolean(status.data?.job);
  const ran = useRef(false);
  useEffect(() => {
    if (running) ran.current = true;
    else if (ran.current) {
      ran.current = false;
      void queries.invalidateQueries();
    }
  }, [running, queries]);
  if (!status.data?.snapshot || (!status.data.stale && !running)) return null;
  return (
    <div className="banner stale" role="status">
      {running ? t("shell.refreshing") : t("shell.stale")}
      {!running && (
        <Button size="small" loading={refresh.isPending} onClick={() => refresh.mutate()}>
          {t("shell.refresh")}
        </Button>
      )}
    </div>
  );
}

/** Analyses anew, in the background. */
export function useRefresh() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.POST("/api/v1/refresh")),
    onSettled: () => queries.invalidateQueries({ queryKey: ["snapshot"] }),
  });
}
