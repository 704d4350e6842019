import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";

/**
 * A page says first how things stand: its title is a finding, the sentence below says
 * what the finding rests on. What a page is called stands in the browser's tab.
 */
export function Page({
  name,
  title,
  sentence,
  bar,
  asOf,
  actions,
  foot,
  children,
}: {
  name: string;
  title: ReactNode;
  sentence?: ReactNode;
  bar?: ReactNode;
  asOf?: ReactNode;
  actions?: ReactNode;
  foot?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${name} · ${t("shell.product")}`;
  }, [name, t]);
  return (
    <div className="page">
      {(bar || asOf) && (
        <div className="page-bar">
          <div className="crumbs">{bar}</div>
          <div>{asOf}</div>
        </div>
      )}
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {sentence && <p className="sentence">{sentence}</p>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </header>
      {children}
      {foot && <p className="foot">{foot}</p>}
    </div>
  );
}

/** A part of a page with a title of its own. */
export function Card({
  title,
  subtitle,
  tools,
  note,
  span,
  children,
}: {
  title: ReactNode;
  subtitle?: ReactNode;
  tools?: ReactNode;
  note?: ReactNode;
  span?: 3 | 4 | 5 | 6 | 7 | 8 | 12;
  children: ReactNode;
}) {
  return (
    <section className={span ? `card span-${span}` : "card"}>
      <div className="card-head">
        <div>
          <h2>{title}</h2>
          {subtitle && <p className="subtitle">{subtitle}</p>}
        </div>
        {tools}
      </div>
      {children}
      {note && <p className="card-note">{note}</p>}
    </section>
  );
}
