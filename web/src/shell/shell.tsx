import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, NavLink, Outlet, useLocation, useNavigation } from "react-router";
import type { Schemas } from "../api/client";
import { useLost } from "../api/connection";
import { Problem } from "../api/problem";
import { meQuery, snapshotQuery } from "../api/queries";
import { count } from "../lang/format";
import { Icon } from "../ui/icon";
import { EmptyState, ErrorState, PageSkeleton } from "../ui/state";
import { AccountMenu, LookMenu, WorkspaceMenu } from "./menus";
import { NoData } from "./no-analysis";
import { Palette } from "./palette";
import { mayBegin, open, type Place } from "./places";
import { StaleBanner } from "./stale";
import "./shell.css";

/** What is around every page of who is logged in. */
export function Shell() {
  const { t } = useTranslation();
  const at = useLocation();
  const me = useQuery(meQuery);
  const lost = useLost();
  const [finding, setFinding] = useState(false);
  const sheet = useRef<HTMLDialogElement>(null);
  const main = useRef<HTMLElement>(null);
  const loading = useNavigation().state === "loading";

  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.key.toLowerCase() === "k" && (e.metaKey || e.ctrlKey)) {
        e.preventDefault();
        setFinding(true);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);

  // A new page begins at its top, and readers hear of it.
  const path = at.pathname;
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    sheet.current?.close();
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);

  if (me.error && Problem.of(me.error).stranger) {
    const next = at.pathname === "/" && !at.search ? "" : `?next=${encodeURIComponent(at.pathname + at.search)}`;
    return <Navigate to={`/login${next}`} replace />;
  }
  if (me.error && !me.data) return <ErrorState error={me.error} retry={me.refetch} page />;

  const here = open(me.data);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t("shell.skip")}
      </a>
      <aside className="rail">
        <Link to="/" className="mark">
          <img src="/icon.svg" alt="" />
          {t("shell.product")}
        </Link>
        <Places places={here} />
        <div className="rail-foot">
          <button type="button" className="rail-button" onClick={() => setFinding(true)}>
            <Icon name="search" />
            <span className="grows">{t("shell.find")}</span>
            <kbd>{t("shell.findKey")}</kbd>
          </button>
          <Menus me={me.data} />
        </div>
      </aside>
      <div>
        {lost && (
          <div className="banner" role="status">
            {t("shell.connectionLost")}
          </div>
        )}
        {me.data && !lost && <StaleBanner me={me.data} />}
        <main id="main" ref={main} tabIndex={-1} aria-busy={loading}>
          {!me.data ? (
            <PageSkeleton />
          ) : here.length === 0 ? (
            <EmptyState page title={me.data.workspaces.length ? t("shell.nothingAllowed") : t("shell.noWorkspace")}>
              {me.data.workspaces.length ? t("shell.nothingAllowedText") : t("shell.noWorkspaceText")}
            </EmptyState>
          ) : mayBegin(me.data) && path !== "/data/import" ? (
            <NoData />
          ) : (
            <Outlet />
          )}
        </main>
      </div>
      <nav className="tabs" aria-label={t("shell.places")}>
        {here.slice(0, 2).map((p) => (
          <NavLink key={p.id} to={p.to} end={p.to === "/"} className="tab">
            <Icon name={p.icon} />
            {t(`places.${p.id}`)}
          </NavLink>
        ))}
        <button type="button" className="tab" onClick={() => setFinding(true)}>
          <Icon name="search" />
          {t("shell.findShort")}
        </button>
        <button type="button" className="tab" onClick={() => sheet.current?.showModal()}>
          <Icon name="menu" />
          {t("shell.more")}
        </button>
      </nav>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself */}
      <dialog
        ref={sheet}
        className="sheet"
        aria-label={t("shell.more")}
        onClick={(e) => {
          if (e.target === sheet.current) sheet.current.close();
        }}
      >
        <Places places={here} />
        <div className="rail-foot">
          <Menus me={me.data} />
        </div>
      </dialog>
      {finding && <Palette places={here} close={() => setFinding(false)} />}
    </div>
  );
}

function Menus({ me }: { me: Schemas["Me"] | undefined }) {
  if (!me) return null;
  return (
    <>
      {me.workspaces.length > 1 && <WorkspaceMenu me={me} />}
      <LookMenu />
      <AccountMenu me={me} />
    </>
  );
}

function Places({ places }: { places: readonly Place[] }) {
  const { t } = useTranslation();
  const snapshot = useQuery({ ...snapshotQuery(), enabled: places.some((p) => p.needs === "analyses.read") });
  const customers = snapshot.data?.snapshot?.customers;
  return (
    <nav aria-label={t("shell.places")}>
      {places.map((p, k) => (
        <div key={p.id}>
          {p.under && places[k - 1]?.under !== p.under && <p className="group">{t(`places.${p.under}`)}</p>}
          <NavLink to={p.to} end={p.to === "/"} className="place">
            <Icon name={p.icon} />
            {t(`places.${p.id}`)}
            {p.id === "customers" && customers != null && <span className="count">{count(customers)}</span>}
          </NavLink>
        </div>
      ))}
    </nav>
  );
}
