import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { EmptyState, ErrorState } from "../ui/state";

/** What stands where a page failed to load or to draw. */
export function Fault() {
  const error = useRouteError();
  return <ErrorState error={error} retry={() => window.location.reload()} page />;
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState page title={t("shell.notFound")} action={<Link to="/">{t("shell.toOverview")}</Link>}>
      {t("shell.notFoundText")}
    </EmptyState>
  );
}
