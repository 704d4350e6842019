import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { attributesQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useSay } from "../lang";
import { Input } from "../ui/kit";
import { Card, Page } from "../ui/page";
import { EmptyState, ErrorState, PageSkeleton } from "../ui/state";
import { useMay } from "./may";
import { definitionsQuery } from "./queries";
import "./data.css";

interface Term {
  id: string;
  name: string;
  meaning: string;
  textbook?: string;
  to?: string;
}

/** What each number means, in words. */
export default function Definitions() {
  const { t } = useTranslation();
  const say = useSay();
  const may = useMay();
  const { hash } = useLocation();
  const [text, setText] = useState("");
  const definitions = useQuery(definitionsQuery());
  const attributes = useQuery(attributesQuery());
  const ready = Boolean(definitions.data && attributes.data);
  useEffect(() => {
    if (ready && hash) document.getElementById(hash.slice(1))?.scrollIntoView({ block: "center" });
  }, [ready, hash]);
  const error = definitions.error ?? attributes.error;
  if (!definitions.data || !attributes.data) {
    if (!error) return <PageSkeleton figures={4} />;
    return (
      <ErrorState
        error={error}
        retry={() => {
          void definitions.refetch();
          void attributes.refetch();
        }}
        page
      />
    );
  }
  const chapters: { id: string; name: string; about?: string; terms: Term[] }[] = [
    ...definitions.data.chapters.map((c) => ({
      id: c.id,
      name: say(c.name),
      terms: c.definitions.map((d) => ({
        id: d.id,
        name: say(d.name),
        meaning: say(d.meaning),
        textbook: say(d.textbook),
      })),
    })),
    {
      id: "attributes",
      name: t("definitions.attributes"),
      about: t("definitions.attributesText"),
      terms: attributes.data.map((a) => ({
        id: `attribute-${a.name}`,
        name: say(a.label),
        meaning: say(a.definition),
        to: may("customers.read") ? customersAt([], `-${a.name}`) : undefined,
      })),
    },
  ];
  const wanted = text.trim().toLowerCase();
  const shown = chapters
    .map((c) => ({
      ...c,
      terms: c.terms.filter((d) => `${d.name} ${d.meaning} ${d.textbook ?? ""} ${d.id}`.toLowerCase().includes(wanted)),
    }))
    .filter((c) => c.terms.length > 0);
  const all = chapters.reduce((n, c) => n + c.terms.length, 0);
  return (
    <Page
      name={t("places.definitions")}
      bar={
        <span>
          {t("places.data")} · {t("places.definitions")}
        </span>
      }
      asOf={t("definitions.version", { v: definitions.data.version })}
      title={t("definitions.title", { n: all })}
      sentence={t("definitions.sentence")}
    >
      <div className="terms-bar">
        <Input
          type="search"
          allowClear
          value={text}
          aria-label={t("definitions.search")}
          placeholder={t("definitions.search")}
          onChange={(e) => setText(e.target.value)}
        />
        <nav className="chips" aria-label={t("definitions.chapters")}>
          {shown.map((c) => (
            <a key={c.id} className="tag" href={`#chapter-${c.id}`}>
              {c.name} · {c.terms.length}
            </a>
          ))}
        </nav>
      </div>
      {shown.length === 0 && <EmptyState title={t("palette.none")}>{t("definitions.noneText")}</EmptyState>}
      {shown.map((c) => (
        <div key={c.id} id={`chapter-${c.id}`} className="chapter">
          <Card title={c.name} subtitle={c.about}>
            <dl className="terms">
              {c.terms.map((d) => (
                <div key={d.id} id={d.id} data-here={hash === `#${d.id}`}>
                  <dt>{d.to ? <Link to={d.to}>{d.name}</Link> : d.name}</dt>
                  <dd>
                    {d.meaning}
                    {d.textbook && <p className="quiet">{t("definitions.textbook", { text: d.textbook })}</p>}
                  </dd>
                </div>
              ))}
            </dl>
          </Card>
        </div>
      ))}
    </Page>
  );
}
