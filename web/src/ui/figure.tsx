import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Icon } from "./icon";

/** What a term means, where it is used: on hover, on focus and on touch. */
export function Help({ term, children }: { term: string; children: ReactNode }) {
  const { t } = useTranslation();
  if (!children) return null;
  return (
    <Tooltip title={children} trigger={["hover", "focus", "click"]} placement="top">
      <button
        type="button"
        className="help"
        aria-label={t("shell.meaning", { term })}
        onClick={(e) => {
          e.preventDefault();
          e.stopPropagation();
        }}
      >
        <Icon name="help" />
      </button>
    </Tooltip>
  );
}

/** How a number moved. Up is good unless the number counts something bad. */
export function Change({ by, text, bad, against }: { by: number; text: string; bad?: boolean; against?: string }) {
  const { t } = useTranslation();
  const flat = text.replace(/[^\d]/g, "").replace(/0/g, "") === "";
  const good = by > 0 !== Boolean(bad);
  return (
    <span>
      <span className={`change ${flat ? "flat" : good ? "good" : "bad"}`}>
        {!flat && <Triangle up={by > 0} label={by > 0 ? t("shell.up") : t("shell.down")} />}
        {text}
      </span>
      {against && <span className="quiet"> {against}</span>}
    </span>
  );
}

function Triangle({ up, label }: { up: boolean; label: string }) {
  return (
    <svg width="9" height="8" viewBox="0 0 9 8" role="img" aria-label={label} fill="currentColor">
      <path d={up ? "M4.5 0L9 8H0z" : "M4.5 8L0 0h9z"} />
    </svg>
  );
}

/** The rhythm of a number, without an axis; the last point is now. */
export function Sparkline({ values }: { values: readonly number[] }) {
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const from = low > 0 && low > high * 0.6 ? low - (high - low) * 0.6 : Math.min(0, low);
  const range = high - from || 1;
  const points = values.map((v, i) => {
    const x = (i / (values.length - 1)) * 116 + 1;
    return [x, 26 - ((v - from) / range) * 23] as const;
  });
  const line = points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  return (
    <svg viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true">
      <path className="area" d={`${line}L117 28L1 28Z`} />
      <path className="line" d={line} />
    </svg>
  );
}

/** A share of a whole, as a thin bar. */
export function ShareBar({ share }: { share: number }) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return (
    <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect width={width} height="4" />
    </svg>
  );
}

/** A number that matters: what it is called, its value, how it moved, and whose it is. */
export function Figure({
  name,
  definition,
  value,
  unit,
  bad,
  change,
  note,
  spark,
  share,
  to,
}: {
  name: string;
  definition?: ReactNode;
  value: ReactNode;
  unit?: ReactNode;
  bad?: boolean;
  change?: ReactNode;
  note?: ReactNode;
  spark?: readonly number[];
  share?: number | null;
  to?: string;
}) {
  return (
    <div className="figure">
      <div className="figure-head">
        <span className="name">{name}</span>
        {definition && <Help term={name}>{definition}</Help>}
      </div>
      <div className={bad ? "value bad" : "value"}>
        {to ? <Link to={to}>{value}</Link> : value}
        {unit && <small> {unit}</small>}
      </div>
      {change && <div className="note">{change}</div>}
      {note && <div className="note">{note}</div>}
      {spark && spark.length > 1 && (
        <div className="spark">
          <Sparkline values={spark} />
        </div>
      )}
      {share != null && !(spark && spark.length > 1) && (
        <div className="share-bar">
          <ShareBar share={share} />
        </div>
      )}
    </div>
  );
}
