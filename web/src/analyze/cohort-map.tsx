import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, month, percent } from "../lang/format";
import { Tool } from "../ui/chart/chart";
import { csv, save } from "../ui/chart/sheet";
import { Card } from "../ui/page";
import { EmptyState } from "../ui/state";
import "../overview/overview.css";

const lastDay = (iso: string) => {
  const [y, m] = iso.split("-").map(Number);
  return new Date(Date.UTC(y ?? 1970, m ?? 1, 0)).toISOString().slice(0, 10);
};

/** Of whom first bought in a month, the share that bought in each month after. */
export function CohortMap({
  cohorts,
  finding,
  span,
  rows,
  months,
}: {
  cohorts: readonly Schemas["Cohort"][];
  finding?: Schemas["ReportFinding"] | undefined;
  span: 5 | 12;
  rows: number;
  months: number;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const shown = cohorts.slice(-rows);
  let most = 0;
  let least = 1;
  let longest = 0;
  for (const c of shown) {
    (c.retention ?? []).slice(0, months + 1).forEach((n, m) => {
      if (m === 0) return;
      longest = Math.max(longest, m);
      if (c.open_from != null && m >= c.open_from) return;
      most = Math.max(most, n / c.size);
      least = Math.min(least, n / c.size);
    });
  }
  const title = finding ? (lang === "zh" ? finding.title_zh : finding.title_en) : t("cohort.title");
  if (longest === 0) {
    return (
      <Card title={t("cohort.title")} span={span}>
        <EmptyState title={t("cohort.empty")}>{t("cohort.emptyText")}</EmptyState>
      </Card>
    );
  }
  const ahead = Array.from({ length: longest }, (_, k) => k + 1);
  const file = () =>
    csv({
      columns: [
        { label: t("cohort.month") },
        { label: t("cohort.size") },
        ...ahead.map((m) => ({ label: t("cohort.ahead", { m }) })),
      ],
      rows: cohorts.map((c) => ({ values: [c.month, c.size, ...ahead.map((m) => c.retention?.[m] ?? null)] })),
    });
  return (
    <Card
      title={title}
      subtitle={t("cohort.subtitle")}
      span={span}
      tools={
        <div className="chart-tools">
          <Tool
            icon="download"
            label={t("shell.csv")}
            onClick={() => save("cohorts.csv", new Blob([file()], { type: "text/csv;charset=utf-8" }))}
          />
        </div>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="table-scroll" tabIndex={0} aria-label={title}>
        <table className="heat">
          <thead>
            <tr>
              <th scope="col">{t("cohort.month")}</th>
              <th scope="col" className="number">
                {t("cohort.size")}
              </th>
              {ahead.map((m) => (
                <th key={m} scope="col" className="number">
                  {t("cohort.ahead", { m })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((c) => {
              const name = month(c.month, lang);
              const to = customersAt([["first_day", "between", `${c.month}-01`, lastDay(c.month)]], "-clv_12");
              return (
                <tr key={c.month}>
                  <th scope="row">{month(c.month, lang, span === 12 || c.month.endsWith("-01") || c === shown[0])}</th>
                  <td className="number">
                    <Link to={to} aria-label={t("cohort.all", { month: name, n: count(c.size) })}>
                      {count(c.size)}
                    </Link>
                  </td>
                  {ahead.map((m) => {
                    const n = c.retention?.[m];
                    if (n == null) return <td key={m} aria-label={t("cohort.notYet")} />;
                    const part = n / c.size;
                    const open = c.open_from != null && m >= c.open_from;
                    const shade =
                      most > least ? Math.min(5, Math.max(0, Math.round((5 * (part - least)) / (most - least)))) : 2;
                    return (
                      <td key={m} className={open ? "open" : `s${shade}`}>
                        <Link to={to} title={t("cohort.cell", { month: name, m, n: count(n), size: count(c.size) })}>
                          {percent(part, 0)}
                        </Link>
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
