import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { clustersQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useLang } from "../lang";
import { count, DASH, decimal, moneyShort, percent } from "../lang/format";
import { Chart } from "../ui/chart/chart";
import { clusterMap } from "../ui/chart/map";
import { Card } from "../ui/page";
import { Dot } from "../ui/stage";
import { EmptyState } from "../ui/state";
import { groupColours } from "../ui/tokens";
import { AnalysisPage } from "./page";
import { Notes } from "./rfm";
import "./clusters.css";

const STEADY = 0.6;
const TRAITS = 4;

const colour = (k: number) => groupColours[k % groupColours.length] ?? "#0072B2";
const at = (k: number) => customersAt([["cluster", "is", String(k)]], "-clv_12");

/** Groups of customers who behave alike: where they lie, what makes each what it is. */
export default function Clusters() {
  const { t } = useTranslation();
  const lang = useLang();
  const query = useQuery(clustersQuery());
  return (
    <AnalysisPage id="clusters" query={query}>
      {({ data: c, snapshot }) => {
        const groups = c.groups ?? [];
        if (c.reason || groups.length === 0) {
          return {
            title: t("places.clusters"),
            body: (
              <section className="card">
                <EmptyState title={t("clusters.none")}>{c.reason?.text[lang]}</EmptyState>
              </section>
            ),
          };
        }
        const top = groups[0];
        return {
          title: t("clusters.title", {
            n: groups.length,
            name: lang === "zh" ? top?.name_zh : top?.name_en,
            share: percent(top?.share),
            money: percent(top?.revenue_share),
          }),
          sentence: t(c.stability != null && c.stability < STEADY ? "clusters.unsteady" : "clusters.steady", {
            s: decimal(c.silhouette, 2),
            a: decimal(c.stability, 2),
          }),
          body: (
            <>
              <div className="grid">
                <ClusterMap groups={groups} map={c.map} />
                <Card
                  title={t("clusters.sizes")}
                  subtitle={t("clusters.sizesText", { n: count(c.customers) })}
                  span={4}
                >
                  <ol className="cluster-list">
                    {groups.map((g, k) => (
                      <li key={g.name_en}>
                        <Link to={at(k)}>
                          <Dot colour={colour(k)} />
                          <span>
                            {k + 1} {lang === "zh" ? g.name_zh : g.name_en}
                          </span>
                        </Link>
                        <span className="quiet">
                          {count(g.customers)} · {percent(g.share)}
                        </span>
                      </li>
                    ))}
                  </ol>
                </Card>
              </div>
              <div className="cluster-cards">
                {groups.map((g, k) => (
                  <Profile key={g.name_en} g={g} k={k} currency={snapshot.currency} />
                ))}
              </div>
              <Notes notes={c.notes} />
            </>
          ),
        };
      }}
    </AnalysisPage>
  );
}

function ClusterMap({
  groups,
  map,
}: {
  groups: readonly Schemas["ClusterGroup"][];
  map: Schemas["ClusterMap"] | null | undefined;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const form = useMemo(() => {
    const [x, y] = map?.axes ?? [];
    const name = (a: Schemas["ClusterAxis"] | undefined) => (lang === "zh" ? a?.label_zh : a?.label_en) ?? "";
    return clusterMap(
      groups.map((g, k) => {
        const centre = map?.centers?.find((s) => s.group === k);
        return {
          name: `${k + 1} ${lang === "zh" ? g.name_zh : g.name_en}`,
          colour: colour(k),
          centre: [centre?.x ?? 0, centre?.y ?? 0] as const,
          points: (map?.points ?? []).filter((p) => p.group === k).map((p) => [p.x, p.y] as const),
          to: at(k),
        };
      }),
      { x: name(x), y: name(y) },
    );
  }, [groups, map, lang]);
  return (
    <Chart
      title={t("clusters.map")}
      subtitle={t("clusters.mapText", {
        n: map?.points?.length ?? 0,
        share: percent(
          (map?.axes ?? []).reduce((s, a) => s + a.explained, 0),
          0,
        ),
      })}
      name="clusters"
      span={8}
      tall
      form={form}
      empty={map ? undefined : { title: t("clusters.noMap"), text: t("clusters.noMapText") }}
      sheet={{
        columns: [
          { label: t("clusters.group") },
          { label: t("lifecycle.customers"), number: true, show: (v) => count(v as number) },
          { label: t("clusters.ofRevenue"), number: true, show: (v) => percent(v as number) },
        ],
        rows: groups.map((g, k) => ({
          values: [`${k + 1} ${lang === "zh" ? g.name_zh : g.name_en}`, g.customers, g.revenue_share],
          to: at(k),
        })),
      }}
    />
  );
}

function Profile({ g, k, currency }: { g: Schemas["ClusterGroup"]; k: number; currency: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const traits = [...(g.profile ?? [])].sort((a, b) => Math.abs(b.distance) - Math.abs(a.distance)).slice(0, TRAITS);
  return (
    <Card
      title={
        <Link to={at(k)}>
          {k + 1} {lang === "zh" ? g.name_zh : g.name_en}
        </Link>
      }
      subtitle={t("clusters.about", {
        n: count(g.customers),
        share: percent(g.share),
        money: moneyShort(g.revenue, currency, lang),
        of: percent(g.revenue_share),
      })}
    >
      <p className="cluster-text">{lang === "zh" ? g.description_zh : g.description_en}</p>
      <ul className="traits">
        {traits.map((x) => {
          const length = Math.min(Math.abs(x.distance) / 2, 1) * 50;
          const v = x.unit === "share" ? x.mean : x.median;
          return (
            <li key={x.feature}>
              <span>{lang === "zh" ? x.label_zh : x.label_en}</span>
              <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect x={x.distance < 0 ? 50 - length : 50} width={length} height="6" fill={colour(k)} />
              </svg>
              <b>{v == null ? DASH : x.unit === "share" ? percent(v, 0) : decimal(v, Math.abs(v) < 10 ? 1 : 0)}</b>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
