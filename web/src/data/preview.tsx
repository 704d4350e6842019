import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "../api/client";
import { useLang } from "../lang";
import { count, decimal, money } from "../lang/format";
import { Icon } from "../ui/icon";
import { Button, Select } from "../ui/kit";
import { Card } from "../ui/page";
import { Bones, ErrorState } from "../ui/state";
import { DataTable } from "../ui/table";
import { useAdvised } from "./advice";
import {
  type Excluded,
  excludedName,
  NotesCard,
  RefusalTable,
  RowFigures,
  useExcludedColumns,
  useWhy,
} from "./figures";
import { type Asked, previewQuery } from "./queries";
import { Step } from "./wizard";

type Report = Schemas["ImporterReport"];

const statuses = ["paid", "unpaid", "closed", "refunded"] as const;

/** The third step: what importing the file would do. */
export function Preview({
  upload,
  asked,
  ask,
  back,
  done,
}: {
  upload: string;
  asked: Asked;
  ask: (next: Asked) => void;
  back: () => void;
  done: (job: string) => void;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const advised = useAdvised();
  const preview = useQuery({ ...previewQuery(upload, asked), placeholderData: keepPreviousData });
  const run = useMutation({
    mutationFn: () => body(api.POST("/api/v1/imports", { body: { upload, ...asked } })),
    onSuccess: (job) => done(job.id),
  });
  const r = preview.data;
  const kind = asked.kind ?? "orders";
  if (!r) {
    return (
      <Step
        at="preview"
        title={preview.error ? t("wizard.unread") : t("wizard.reading")}
        sentence={t("wizard.readingText")}
      >
        {preview.error ? (
          <>
            <ErrorState error={advised(preview.error)} retry={preview.refetch} />
            <Button onClick={back}>{t("wizard.back")}</Button>
          </>
        ) : (
          <div className="card" aria-busy="true">
            <Bones />
          </div>
        )}
      </Step>
    );
  }
  const c = r.counts;
  const unknown = r.unknown_status_words ?? [];
  return (
    <Step
      at="preview"
      title={
        c.accepted === 0
          ? c.duplicate > 0
            ? t("wizard.known", { n: count(c.duplicate) })
            : t("wizard.nothing")
          : c.refused > 0
            ? t("wizard.someRows", { n: count(c.accepted), refused: count(c.refused) })
            : t("wizard.allRows", { n: count(c.accepted) })
      }
      sentence={[
        kind === "orders" &&
          t("wizard.summary", {
            fresh: count(c.new_customers),
            walkIns: count(c.unattributed),
            excluded: count(c.excluded),
          }),
        t("wizard.assumed", { zone: r.time_zone, currency: r.currency || "—" }),
      ]
        .filter(Boolean)
        .join(lang === "zh" ? "" : " ")}
      foot={
        <>
          {preview.isFetching && (
            <span className="quiet" role="status">
              {t("wizard.again")}
            </span>
          )}
          <Button onClick={back}>{t("wizard.back")}</Button>
          <Button
            type="primary"
            loading={run.isPending}
            disabled={c.accepted === 0 || preview.isFetching}
            onClick={() => run.mutate()}
          >
            {t(`wizard.take.${kind}`)}
          </Button>
        </>
      }
    >
      {run.error && <ErrorState error={run.error} retry={() => run.mutate()} />}
      {preview.error && <ErrorState error={advised(preview.error)} retry={preview.refetch} />}
      <RowFigures
        rows={c}
        before
        notes={{
          duplicate: c.repeats_dropped > 0 ? t("data.repeatsDropped", { n: count(c.repeats_dropped) }) : undefined,
        }}
      />
      {(unknown.length > 0 || Object.keys(asked.status ?? {}).length > 0) && (
        <Unknown words={unknown} asked={asked} ask={ask} />
      )}
      <NotesCard notes={r.notes} />
      {kind === "orders" && <Understood report={r} />}
      <ExcludedCard lines={r.excluded_lines ?? []} currency={r.currency} asked={asked} ask={ask} />
      {(r.refusals ?? []).length > 0 && (
        <Card
          title={t("wizard.refusedTitle", { n: count(c.refused) })}
          subtitle={t("wizard.refusedText", { n: count(r.refusals?.length) })}
        >
          <RefusalTable refusals={r.refusals ?? []} />
        </Card>
      )}
    </Step>
  );
}

/** Status words that nobody knows: a person says what they mean. */
function Unknown({
  words,
  asked,
  ask,
}: {
  words: readonly Schemas["ImporterUnknownStatus"][];
  asked: Asked;
  ask: (next: Asked) => void;
}) {
  const { t } = useTranslation();
  const told = Object.keys(asked.status ?? {}).filter((w) => !words.some((x) => x.word === w));
  const rows = [...words, ...told.map((word) => ({ word, rows: null }))];
  return (
    <Card
      title={words.length > 0 ? t("wizard.unknownTitle", { n: words.length }) : t("wizard.knownTitle")}
      subtitle={t("wizard.unknownText")}
    >
      <DataTable
        label={t("wizard.unknownTitle", { n: words.length })}
        rows={rows}
        id={(r) => r.word}
        columns={[
          { key: "word", label: t("wizard.word"), cell: (r) => <code className="cell-value">{r.word}</code> },
          { key: "rows", label: t("data.rows"), number: true, cell: (r) => count(r.rows) },
          {
            key: "means",
            label: t("wizard.means"),
            cell: (r) => (
              <Select
                className="field-select"
                aria-label={t("wizard.meansOf", { word: r.word })}
                value={asked.status?.[r.word] || undefined}
                placeholder={t("wizard.choosePlease")}
                options={statuses.map((s) => ({ value: s, label: t(`data.statuses.${s}`) }))}
                onChange={(v: string) => ask({ ...asked, status: { ...asked.status, [r.word]: v } })}
              />
            ),
          },
        ]}
      />
    </Card>
  );
}

/** Ten rows as they were understood. */
function Understood({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const why = useWhy();
  const rows = report.preview ?? [];
  if (rows.length === 0) return null;
  const status = (s: string) =>
    i18n.exists(`data.statuses.${s}`) ? t(`data.statuses.${s}` as "data.statuses.paid") : s;
  return (
    <Card title={t("wizard.understood", { n: rows.length })} subtitle={t("wizard.understoodText")}>
      <DataTable
        label={t("wizard.understood", { n: rows.length })}
        compact
        rows={rows}
        id={(r) => r.line}
        columns={[
          { key: "line", label: t("data.line"), cell: (r) => t("data.lineNo", { n: count(r.line) }) },
          { key: "order", label: t("wizard.order"), cell: (r) => r.order_id || "—" },
          { key: "customer", label: t("customers.customer"), cell: (r) => r.customer_id || t("wizard.walkIn") },
          { key: "at", label: t("wizard.at"), cell: (r) => r.ordered_at.slice(0, 16).replace("T", " ") },
          { key: "status", label: t("wizard.status"), cell: (r) => status(r.status) },
          { key: "product", label: t("wizard.product"), wraps: true, cell: (r) => r.product || "—" },
          {
            key: "quantity",
            label: t("wizard.quantity"),
            number: true,
            cell: (r) => decimal(r.quantity, r.quantity % 1 ? 2 : 0),
          },
          {
            key: "amount",
            label: t("wizard.amount"),
            number: true,
            cell: (r) => money(r.amount, report.currency),
          },
          ...(rows.some((r) => r.note)
            ? [
                {
                  key: "note",
                  label: t("wizard.note"),
                  cell: (r: (typeof rows)[number]) => (r.note ? why(r.note) : "—"),
                },
              ]
            : []),
        ]}
      />
    </Card>
  );
}

const shown = 8;

/** Lines that are no merchandise, each to be overruled. */
function ExcludedCard({
  lines,
  currency,
  asked,
  ask,
}: {
  lines: readonly Excluded[];
  currency: string;
  asked: Asked;
  ask: (next: Asked) => void;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const columns = useExcludedColumns<Excluded & { k: number }>(currency);
  const [all, setAll] = useState(false);
  const kept = asked.merchandise ?? [];
  if (lines.length === 0 && kept.length === 0) return null;
  const rows = lines.reduce((sum, x) => sum + x.rows, 0);
  return (
    <Card
      title={t("wizard.excludedTitle", { n: count(rows), kinds: lines.length })}
      subtitle={t("wizard.excludedText")}
    >
      {kept.length > 0 && (
        <div className="kept">
          {t("wizard.kept")}
          {kept.map((k) => (
            <button
              key={k}
              type="button"
              className="tag"
              aria-label={t("wizard.notKept", { name: k })}
              onClick={() => ask({ ...asked, merchandise: kept.filter((x) => x !== k) })}
            >
              {k} <Icon name="close" />
            </button>
          ))}
        </div>
      )}
      <DataTable
        label={t("wizard.excludedTitle", { n: count(rows), kinds: lines.length })}
        compact
        rows={(all ? lines : lines.slice(0, shown)).map((x, k) => ({ ...x, k }))}
        id={(x) => x.k}
        columns={[
          ...columns,
          {
            key: "keep",
            label: t("data.action"),
            cell: (x) => (
              <Button
                size="small"
                lang={lang}
                aria-label={t("wizard.keepThis", { name: x.name || x.product })}
                onClick={() => ask({ ...asked, merchandise: [...kept, excludedName(x)] })}
              >
                {t("wizard.isMerchandise")}
              </Button>
            ),
          },
        ]}
      />
      {lines.length > shown && (
        <Button type="link" onClick={() => setAll(!all)}>
          {all ? t("wizard.fewer") : t("wizard.moreKinds", { n: lines.length - shown })}
        </Button>
      )}
    </Card>
  );
}
