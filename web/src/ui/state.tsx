import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";

/** What will be here, and the one button that fills it. */
export function EmptyState({
  title,
  children,
  action,
  page,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  page?: boolean;
}) {
  return (
    <div className={page ? "state centre" : "state"}>
      {page ? <h1>{title}</h1> : <h3>{title}</h3>}
      {children && <p>{children}</p>}
      {action && <div className="state-actions">{action}</div>}
    </div>
  );
}

/** What happened, what to do, and a code to quote. */
export function ErrorState({ error, retry, page }: { error: unknown; retry?: () => void; page?: boolean }) {
  const { t } = useTranslation();
  const p = Problem.of(error);
  const title = p.lost ? t("shell.lost") : p.detail || t("shell.failed");
  return (
    <div className={page ? "state centre" : "state"} role="alert">
      {page ? <h1>{title}</h1> : <h3>{title}</h3>}
      {(p.hint || p.lost) && <p>{p.lost ? t("shell.lostHint") : p.hint}</p>}
      {p.code && (
        <p>
          {t("shell.code")} <code>{p.code}</code>
        </p>
      )}
      {retry && (
        <div className="state-actions">
          <Button onClick={retry}>{t("shell.retry")}</Button>
        </div>
      )}
    </div>
  );
}

/** The layout of a page while its data are on their way. */
export function PageSkeleton({ figures = 6 }: { figures?: number }) {
  const { t } = useTranslation();
  return (
    <div className="page" aria-busy="true">
      <span className="hidden" role="status">
        {t("shell.loading")}
      </span>
      <div className="page-bar" />
      <div className="page-head">
        <div className="bones">
          <span className="bone title" />
          <span className="bone line" />
        </div>
      </div>
      <div className={figures === 4 ? "figures four" : "figures"}>
        {Array.from({ length: figures }, (_, i) => i).map((i) => (
          <div className="figure" key={i}>
            <span className="bone line short" />
            <span className="bone line" />
            <span className="bone line short" />
          </div>
        ))}
      </div>
      <div className="grid">
        <div className="card span-8">
          <Bones />
        </div>
        <div className="card span-4">
          <Bones />
        </div>
      </div>
    </div>
  );
}

/** The layout of a card while its data are on their way. */
export function Bones() {
  return (
    <>
      <span className="bone line" />
      <span className="bone line short" />
      <span className="bone block" />
    </>
  );
}
