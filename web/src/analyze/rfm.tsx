import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { rfmQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, decimal, moneyShort, percent, short } from "../lang/format";
import { ShareBar } from "../ui/figure";
import { Card } from "../ui/page";
import { EmptyState } from "../ui/state";
import { AnalysisPage } from "./page";
import "../overview/overview.css";
import "./rfm.css";

const order = ["111", "101", "011", "001", "110", "100", "010", "000"];
const levels = [0, 1, 2, 3, 4] as const;

/** The eight classes and the 5 × 5 × 5 grid of scores. */
export default function Rfm() {
  const { t } = useTranslation();
  const lang = useLang();
  const query = useQuery(rfmQuery());
  return (
    <AnalysisPage id="rfm" query={query}>
      {({ data: r, snapshot }) => {
        if (!r) return { title: t("places.rfm"), body: <EmptyState page title={t("rfm.empty")} /> };
        const classes = [...(r.classes ?? [])].sort(
          (a, b) => order.indexOf(String(a.code)) - order.indexOf(String(b.code)),
        );
        const revenue = classes.reduce((sum, c) => sum + c.revenue, 0);
        const fading = classes.filter((c) => ["011", "001", "010"].includes(String(c.code)));
        const n = fading.reduce((sum, c) => sum + c.customers, 0);
        const share = revenue > 0 ? fading.reduce((sum, c) => sum + c.revenue, 0) / revenue : 0;
        const th = r.thresholds;
        return {
          title:
            n > 0 ? t("rfm.title", { n: count(n), share: percent(share) }) : t("rfm.plain", { n: count(r.customers) }),
          sentence: (
            <>
              {t("rfm.rule", {
                r: decimal(th.recency_days, 0),
                f: decimal(th.frequency, 0),
                m: moneyShort(th.monetary, snapshot.currency, lang),
                days: r.window_days,
              })}{" "}
              <Link to={customersAt([["rfm_code", "in", "011", "001", "010"]], "-monetary")}>{t("rfm.seeFading")}</Link>
            </>
          ),
          body: (
            <>
              <div className="rfm-classes">
                {classes.map((c) => (
                  <Link
                    key={c.code}
                    className="rfm-class"
                    to={customersAt([["rfm_code", "is", String(c.code)]], "-monetary")}
                  >
                    <span className="code">{t("rfm.code", { code: c.code })}</span>
                    <b>{lang === "zh" ? c.name_zh : c.name_en}</b>
                    <span className="n">{count(c.customers)}</span>
                    <span className="share-bar">
                      <ShareBar share={r.customers > 0 ? c.customers / r.customers : 0} />
                    </span>
                    <p className="note">
                      {t("rfm.share", {
                        share: percent(r.customers > 0 ? c.customers / r.customers : 0),
                        money: moneyShort(c.revenue, snapshot.currency, lang),
                      })}
                    </p>
                  </Link>
                ))}
              </div>
              <Grid r={r} />
              <Notes notes={r.notes} />
            </>
          ),
        };
      }}
    </AnalysisPage>
  );
}

function Grid({ r }: { r: Schemas["RfmResult"] }) {
  const { t } = useTranslation();
  const lang = useLang();
  const at = (R: number, F: number, M: number) => r.grid?.[R]?.[F]?.[M] ?? 0;
  const most = Math.max(1, ...levels.flatMap((R) => levels.flatMap((F) => levels.map((M) => at(R, F, M)))));
  return (
    <Card title={t("rfm.grid")} subtitle={t("rfm.gridText", { n: count(r.customers) })}>
      <div className="rfm-grids">
        {levels.map((M) => (
          <div key={M}>
            <h3>{t("rfm.m", { m: M + 1 })}</h3>
            <table className="heat" aria-label={t("rfm.m", { m: M + 1 })}>
              <thead>
                <tr>
                  <th scope="col">{t("rfm.corner")}</th>
                  {levels.map((F) => (
                    <th key={F} scope="col">
                      {F + 1}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {[...levels].reverse().map((R) => (
                  <tr key={R}>
                    <th scope="row">{R + 1}</th>
                    {levels.map((F) => {
                      const n = at(R, F, M);
                      const shade = n === 0 ? 0 : Math.max(1, Math.ceil(5 * Math.sqrt(n / most)));
                      const where = { r: R + 1, f: F + 1, m: M + 1, n: count(n) };
                      return (
                        <td key={F} className={n ? `s${shade}` : ""}>
                          {n > 0 && (
                            <Link
                              to={customersAt(
                                [
                                  ["r_score", "is", String(R + 1)],
                                  ["f_score", "is", String(F + 1)],
                                  ["m_score", "is", String(M + 1)],
                                ],
                                "-monetary",
                              )}
                              title={t("rfm.cell", where)}
                            >
                              {n < 10000 ? n : short(n, lang)}
                            </Link>
                          )}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** What a reader has to know beside the numbers. */
export function Notes({ notes }: { notes: readonly Schemas["Text"][] | null | undefined }) {
  const lang = useLang();
  if (!notes?.length) return null;
  return (
    <ul className="foot">
      {notes.map((n) => (
        <li key={n.zh}>{n[lang]}</li>
      ))}
    </ul>
  );
}
