import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/problem";
import { speak, useLang } from "../lang";
import { wait } from "../lang/format";
import { Input } from "../ui/kit";
import "../shell/shell.css";
import "./account.css";

/** The page of who is not logged in. */
export function Entrance({
  name,
  title,
  text,
  children,
}: {
  name: string;
  title: string;
  text?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  useEffect(() => {
    document.title = `${name} · ${t("shell.product")}`;
  }, [name, t]);
  return (
    <main className="entrance">
      <div className="entrance-card">
        <div className="mark">
          <img src="/icon.svg" alt="" />
          {t("shell.product")}
        </div>
        <h1>{title}</h1>
        {text && <p>{text}</p>}
        {children}
        <div className="entrance-foot">
          <span>{t("account.foot")}</span>
          <button type="button" onClick={() => speak(lang === "zh" ? "en" : "zh")}>
            {lang === "zh" ? t("theme.en") : t("theme.zh")}
          </button>
        </div>
      </div>
    </main>
  );
}

export function Field({
  id,
  label,
  value,
  set,
  fault,
  advice,
  secret,
  complete,
  focus,
}: {
  id: string;
  label: string;
  value: string;
  set: (v: string) => void;
  fault?: string | undefined;
  advice?: string;
  secret?: boolean;
  complete: string;
  focus?: boolean;
}) {
  const Control = secret ? Input.Password : Input;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <Control
        id={id}
        name={id}
        size="large"
        autoFocus={focus}
        autoComplete={complete}
        value={value}
        status={fault ? "error" : ""}
        aria-invalid={Boolean(fault)}
        aria-describedby={`${id}-about`}
        onChange={(e) => set(e.target.value)}
      />
      <div id={`${id}-about`}>
        {fault && <p className="fault">{fault}</p>}
        {advice && <p className="advice">{advice}</p>}
      </div>
    </div>
  );
}

/** What went wrong with a form as a whole; a wait counts down. */
export function FormFault({ error, ended }: { error: Problem; ended: () => void }) {
  const { t } = useTranslation();
  const lang = useLang();
  const [left, setLeft] = useState(error.after);
  useEffect(() => {
    setLeft(error.after);
    if (!error.after) return;
    const until = Date.now() + error.after * 1000;
    const timer = window.setInterval(() => {
      const s = (until - Date.now()) / 1000;
      setLeft(Math.max(0, s));
      if (s <= 0) {
        window.clearInterval(timer);
        ended();
      }
    }, 500);
    return () => window.clearInterval(timer);
  }, [error, ended]);
  return (
    <div className="entrance-fault" role="alert">
      <p>{error.lost ? t("shell.lost") : error.detail || t("shell.failed")}</p>
      {left > 0 ? <p>{t("account.wait", { time: wait(left, lang) })}</p> : error.hint && <p>{error.hint}</p>}
    </div>
  );
}

/** Where to go after logging in: a page of this application and nothing else. */
export function after(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") && !next.startsWith("/login")
    ? next
    : "/";
}
