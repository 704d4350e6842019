import { useTranslation } from "react-i18next";
import { useLang } from "../lang";
import { count, money, percent } from "../lang/format";
import { Figure } from "../ui/figure";
import { Card } from "../ui/page";
import { type Column, DataTable } from "../ui/table";

/** How large a file is. */
export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

/** A time of day on a day, where the person is. */
export function useTime(): (iso: string) => string {
  const lang = useLang();
  const format = new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB", {
    year: "numeric",
    month: lang === "zh" ? "2-digit" : "short",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
  return (iso) => format.format(new Date(iso));
}

/** What became of the rows of a file. */
export function RowFigures({
  rows,
  notes = {},
  before,
}: {
  rows: { read: number; accepted: number; refused: number; duplicate: number };
  notes?: { accepted?: string | undefined; duplicate?: string | undefined };
  before?: boolean; // nothing has been taken yet
}) {
  const { t } = useTranslation();
  const share = (n: number) => (rows.read > 0 ? n / rows.read : null);
  const of = (n: number) => t("data.ofRows", { share: percent(share(n)) });
  return (
    <div className="figures four">
      <Figure name={t("data.read")} definition={t("data.readMeaning")} value={count(rows.read)} />
      <Figure
        name={before ? t("data.acceptable") : t("data.accepted")}
        definition={t("data.acceptedMeaning")}
        value={count(rows.accepted)}
        note={notes.accepted ?? of(rows.accepted)}
        share={share(rows.accepted)}
      />
      <Figure
        name={before ? t("data.refusable") : t("data.refused")}
        definition={t("data.refusedMeaning")}
        value={count(rows.refused)}
        bad={rows.refused > 0}
        note={of(rows.refused)}
        share={share(rows.refused)}
      />
      <Figure
        name={t("data.duplicate")}
        definition={t("data.duplicateMeaning")}
        value={count(rows.duplicate)}
        note={notes.duplicate ?? of(rows.duplicate)}
        share={share(rows.duplicate)}
      />
    </div>
  );
}

export interface Refusal {
  line: number;
  column: string;
  value: string;
  code: string;
  reason: { zh: string; en: string };
  hint: { zh: string; en: string };
}

/** Rows that could not be taken, why, and what to do about it. */
export function RefusalTable({ refusals }: { refusals: readonly Refusal[] }) {
  const { t } = useTranslation();
  const lang = useLang();
  return (
    <DataTable
      label={t("data.refusals")}
      compact
      rows={refusals.map((r, k) => ({ ...r, k }))}
      id={(r) => r.k}
      columns={[
        { key: "line", label: t("data.line"), cell: (r) => t("data.lineNo", { n: count(r.line) }) },
        { key: "column", label: t("data.column"), cell: (r) => r.column || "—" },
        {
          key: "value",
          label: t("data.value"),
          wraps: true,
          cell: (r) => (r.value ? <code className="cell-value">{r.value}</code> : "—"),
        },
        {
          key: "reason",
          label: t("data.reason"),
          wraps: true,
          cell: (r) => (
            <span>
              {r.reason[lang]} <span className="quiet">{r.hint[lang]}</span>
            </span>
          ),
        },
      ]}
    />
  );
}

/** What was found out about a file, in sentences. */
export function NotesCard({ notes }: { notes: readonly { zh: string; en: string }[] | null | undefined }) {
  const { t } = useTranslation();
  const lang = useLang();
  if (!notes?.length) return null;
  return (
    <Card title={t("data.notes")}>
      <ul className="plain-list">
        {notes.map((n) => (
          <li key={n.en}>{n[lang]}</li>
        ))}
      </ul>
    </Card>
  );
}

export interface Excluded {
  product: string;
  name: string;
  reason: string;
  rows: number;
  amount: number;
}

/** What an excluded line is called, for a person and for overruling it. */
export const excludedName = (x: Excluded) => x.product || x.name;

export function useWhy(): (reason: string) => string {
  const { t, i18n } = useTranslation();
  return (reason) => {
    const key = `data.why.${reason}`;
    return i18n.exists(key) ? t(key as "data.why.postage") : reason;
  };
}

/** The columns of excluded lines: what, why, how many, how much. */
export function useExcludedColumns<T extends Excluded>(currency: string): Column<T>[] {
  const { t } = useTranslation();
  const why = useWhy();
  return [
    {
      key: "name",
      label: t("wizard.product"),
      wraps: true,
      cell: (x) => (x.name && x.product ? `${x.name} (${x.product})` : excludedName(x)),
    },
    { key: "why", label: t("data.reason"), cell: (x) => why(x.reason) },
    { key: "rows", label: t("data.rows"), number: true, cell: (x) => count(x.rows) },
    { key: "amount", label: t("wizard.amount"), number: true, cell: (x) => money(x.amount, currency) },
  ];
}
