import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { NoAnalysis } from "../shell/no-analysis";
import { Page } from "../ui/page";
import { ErrorState, PageSkeleton } from "../ui/state";

interface Query<T> {
  data?: T;
  error: unknown;
  refetch: () => void;
}

/** A page on one part of the analysis: its layout while it loads, its trouble, and as of when it is. */
export function AnalysisPage<T extends { snapshot: Schemas["Snapshot"] }>({
  id,
  query,
  children,
}: {
  id: "rfm" | "lifecycle" | "repurchase" | "value" | "clusters";
  query: Query<T>;
  children: (data: T) => { title: ReactNode; sentence?: ReactNode; body: ReactNode };
}) {
  const { t } = useTranslation();
  if (!query.data) {
    if (!query.error) return <PageSkeleton figures={4} />;
    if (Problem.of(query.error).code === "snapshot.none") return <NoAnalysis />;
    return <ErrorState error={query.error} retry={query.refetch} page />;
  }
  const { title, sentence, body } = children(query.data);
  return (
    <Page
      name={t(`places.${id}`)}
      title={title}
      sentence={sentence}
      bar={
        <span>
          {t("places.analyze")} · {t(`places.${id}`)}
        </span>
      }
      asOf={t("analyze.asOf", { day: query.data.snapshot.as_of })}
    >
      {body}
    </Page>
  );
}
