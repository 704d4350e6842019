import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { useLang } from "../lang";
import { count, percent } from "../lang/format";
import { Button, Input, Select } from "../ui/kit";
import { Card } from "../ui/page";
import { ErrorState, PageSkeleton } from "../ui/state";
import { DataTable, ShareCell } from "../ui/table";
import { useAdvised } from "./advice";
import { Choice } from "./choice";
import { type Asked, type Kind, lookQuery } from "./queries";
import { Step } from "./wizard";

type Look = Schemas["FileLook"];

const kinds: readonly Kind[] = ["orders", "customers", "products"];

/** Below this a person should look at the column. */
const sure = 0.7;

/** The second step: what the file and its columns were taken for, to be corrected. */
export function Columns({
  upload,
  asked,
  ask,
  next,
}: {
  upload: string;
  asked: Asked;
  ask: (next: Asked) => void;
  next: (kind: Kind) => void;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const advised = useAdvised();
  const look = useQuery({ ...lookQuery(upload, asked), placeholderData: keepPreviousData });
  if (!look.data) {
    if (!look.error) return <PageSkeleton figures={4} />;
    return (
      <Step at="columns" title={t("wizard.unread")}>
        <ErrorState error={advised(look.error)} retry={Problem.of(look.error).lost ? look.refetch : undefined} />
        <div className="state-actions">
          {Object.keys(asked).length > 0 && <Button onClick={() => ask({})}>{t("wizard.reset")}</Button>}
          <Link className="button first" to="/data/import">
            {t("wizard.anotherFile")}
          </Link>
        </div>
      </Step>
    );
  }
  const l = look.data;
  const kind = l.kind as Kind;
  const problem = l.problem
    ? advised(new Problem({ ...l.problem, status: -1 }))
    : look.error
      ? advised(look.error)
      : undefined;
  const title = l.mapping?.title[lang];
  const called = t(`data.kinds.${kind}`).toLowerCase();
  const unsure = (l.mapping?.columns ?? []).filter((c) => c.confidence < sure).length;
  return (
    <Step
      at="columns"
      title={title ? t("wizard.takenAs", { kind: called, title }) : t("wizard.taken", { kind: called })}
      sentence={
        problem
          ? t("wizard.incomplete")
          : unsure > 0
            ? t("wizard.unsure", { n: unsure })
            : t("wizard.complete", { n: l.mapping?.columns?.length ?? 0 })
      }
      foot={
        <>
          {problem && (
            <span className="foot-problem" role="alert">
              {problem.detail || t("shell.failed")}
            </span>
          )}
          {Object.keys(asked).length > 0 && <Button onClick={() => ask({})}>{t("wizard.reset")}</Button>}
          <Button
            type="primary"
            disabled={Boolean(problem) || look.isPlaceholderData}
            loading={look.isFetching}
            onClick={() => next(kind)}
          >
            {t("wizard.toPreview")}
          </Button>
        </>
      }
    >
      {problem && (
        <div className="notice">
          <b>{problem.detail || t("shell.failed")}</b> {problem.hint}
        </div>
      )}
      <FileCard look={l} asked={asked} ask={ask} />
      <ColumnCard look={l} asked={asked} ask={ask} />
      <SampleCard look={l} />
    </Step>
  );
}

/** What the file as a whole was taken for. */
function FileCard({ look, asked, ask }: { look: Look; asked: Asked; ask: (next: Asked) => void }) {
  const { t } = useTranslation();
  const lang = useLang();
  const { file, mapping } = look;
  const auto = (found: string) => t("wizard.auto", { found });
  const rows = { lines: t("wizard.lines"), orders: t("wizard.orders") };
  const orders = { dmy: t("wizard.dmy"), mdy: t("wizard.mdy"), ymd: t("wizard.ymd") };
  const preset = (look.presets ?? []).find((p) => p.name === mapping?.preset);
  const about = [file.name, file.format.toUpperCase(), file.encoding?.toUpperCase(), file.compression].filter(Boolean);
  return (
    <Card title={t("wizard.fileTaken")} subtitle={about.join(" · ")}>
      <div className="choices">
        <Choice label={t("wizard.kind")}>
          {(id) => (
            <Select
              id={id}
              value={look.kind as Kind}
              options={kinds.map((k) => ({ value: k, label: t(`data.kinds.${k}`) }))}
              onChange={(kind) => ask({ kind, sheet: asked.sheet, header_row: asked.header_row })}
            />
          )}
        </Choice>
        {(look.presets ?? []).length > 0 && (
          <Choice label={t("wizard.preset")}>
            {(id) => (
              <Select
                id={id}
                value={asked.preset ?? ""}
                options={[
                  { value: "", label: auto(preset ? preset.title[lang] : t("wizard.noPreset")) },
                  ...(look.presets ?? []).map((p) => ({ value: p.name, label: p.title[lang] })),
                ]}
                onChange={(preset: string) => ask({ ...asked, preset: preset || undefined })}
              />
            )}
          </Choice>
        )}
        {(look.sheets ?? []).length > 1 && (
          <Choice label={t("wizard.sheet")}>
            {(id) => (
              <Select
                id={id}
                value={file.sheet ?? ""}
                options={(look.sheets ?? []).map((s) => ({ value: s, label: s }))}
                onChange={(sheet: string) => ask({ kind: asked.kind, sheet })}
              />
            )}
          </Choice>
        )}
        <Choice label={t("wizard.header")} note={t("wizard.headerText")}>
          {(id) => (
            <HeaderRow
              key={asked.header_row ?? file.header_line}
              id={id}
              value={asked.header_row ?? file.header_line}
              set={(header_row) => ask({ kind: asked.kind, sheet: asked.sheet, header_row })}
            />
          )}
        </Choice>
        {look.kind === "orders" && (
          <Choice label={t("wizard.rows")} note={mapping?.rows_reason[lang]}>
            {(id) => (
              <Select
                id={id}
                value={asked.rows ?? ""}
                options={[
                  {
                    value: "",
                    label: auto(rows[mapping?.rows as keyof typeof rows] ?? t("wizard.unknown")),
                  },
                  { value: "lines", label: rows.lines },
                  { value: "orders", label: rows.orders },
                ]}
                onChange={(v) => ask({ ...asked, rows: (v || undefined) as Asked["rows"] })}
              />
            )}
          </Choice>
        )}
      </div>
      <details className="more">
        <summary>{t("wizard.moreSettings")}</summary>
        <div className="choices">
          <Choice label={t("wizard.dates")}>
            {(id) => (
              <Select
                id={id}
                value={asked.date_order ?? ""}
                options={[
                  {
                    value: "",
                    label: auto(orders[mapping?.date_order as keyof typeof orders] ?? t("wizard.unknown")),
                  },
                  ...(["ymd", "dmy", "mdy"] as const).map((o) => ({ value: o, label: orders[o] })),
                ]}
                onChange={(v) => ask({ ...asked, date_order: (v || undefined) as Asked["date_order"] })}
              />
            )}
          </Choice>
          <Choice label={t("wizard.repeats")} note={t("wizard.repeatsText")}>
            {(id) => (
              <Select
                id={id}
                value={asked.repeats ?? ""}
                options={[
                  { value: "", label: t("wizard.byRows") },
                  { value: "keep", label: t("wizard.keep") },
                  { value: "drop", label: t("wizard.dropRepeats") },
                ]}
                onChange={(v) => ask({ ...asked, repeats: (v || undefined) as Asked["repeats"] })}
              />
            )}
          </Choice>
          <Choice label={t("wizard.fileZone")} note={t("wizard.fileZoneText")}>
            {(id) => (
              <Select
                id={id}
                showSearch
                value={asked.time_zone ?? ""}
                options={[
                  { value: "", label: t("wizard.asWorkspace") },
                  ...["UTC", ...Intl.supportedValuesOf("timeZone")].map((z) => ({ value: z, label: z })),
                ]}
                onChange={(v: string) => ask({ ...asked, time_zone: v || undefined })}
              />
            )}
          </Choice>
          {file.encoding && (
            <Choice label={t("wizard.encoding")} note={t("wizard.encodingText")}>
              {(id) => (
                <Select
                  id={id}
                  value={asked.encoding ?? ""}
                  options={[
                    { value: "", label: auto(file.encoding ?? "") },
                    ...["utf-8", "gb18030", "utf-16le", "big5", "windows-1252"].map((e) => ({
                      value: e,
                      label: e.toUpperCase(),
                    })),
                  ]}
                  onChange={(v: string) => ask({ ...asked, encoding: v || undefined })}
                />
              )}
            </Choice>
          )}
        </div>
      </details>
    </Card>
  );
}

/** The line of the header; taken when the field is left, so that typing asks for nothing. */
function HeaderRow({ id, value, set }: { id: string; value: number; set: (v: number | undefined) => void }) {
  const take = (text: string) => {
    const n = Math.round(Number(text));
    if (text.trim() === "" || n === value || Number.isNaN(n)) return;
    set(n <= 0 ? -1 : n);
  };
  return (
    <Input
      id={id}
      type="number"
      min={0}
      max={1_000_000}
      defaultValue={Math.max(0, value)}
      onBlur={(e) => take(e.target.value)}
      onPressEnter={(e) => take(e.currentTarget.value)}
    />
  );
}

interface Row {
  index: number;
  header: string;
  samples: readonly string[];
  column: Schemas["MappingColumn"] | undefined;
}

/** What each column was taken for, why, and another choice. */
function ColumnCard({ look, asked, ask }: { look: Look; asked: Asked; ask: (next: Asked) => void }) {
  const { t } = useTranslation();
  const lang = useLang();
  const header = look.header ?? [];
  const sample = (look.sample ?? []).map((r) => r ?? []);
  const width = Math.max(header.length, ...sample.map((r) => r.length));
  const columns = look.mapping?.columns ?? [];
  const rows: Row[] = Array.from({ length: width }, (_, index) => ({
    index,
    header: header[index] || t("wizard.nth", { n: index + 1 }),
    samples: [...new Set(sample.map((r) => r[index] ?? "").filter(Boolean))].slice(0, 3),
    column: columns.find((c) => c.index === index),
  }));
  const fields = look.fields ?? [];
  const choose = (row: Row, field: string) => {
    const now = { ...asked.columns };
    if (row.column && row.column.field !== field) now[row.column.field] = "";
    if (field) now[field] = `#${row.index + 1}`;
    ask({ ...asked, columns: now });
  };
  const taken = rows.filter((r) => r.column).length;
  const warnings = look.mapping?.warnings ?? [];
  return (
    <Card
      title={t("wizard.columnsTitle", { n: taken, of: width })}
      subtitle={t("wizard.columnsText")}
      note={
        warnings.length > 0 || look.mapping?.amount.reason[lang]
          ? [look.mapping?.amount.reason[lang], ...warnings.map((w) => w[lang])].filter(Boolean).join(" ")
          : undefined
      }
    >
      <DataTable
        label={t("wizard.columns")}
        rows={rows}
        id={(r) => r.index}
        columns={[
          { key: "header", label: t("data.column"), wraps: true, cell: (r) => <b className="cut">{r.header}</b> },
          {
            key: "field",
            label: t("wizard.takenFor"),
            cell: (r) => (
              <Select
                className="field-select"
                aria-label={t("wizard.takenForOf", { column: r.header })}
                showSearch={{ optionFilterProp: "label" }}
                value={r.column?.field ?? ""}
                options={[
                  { value: "", label: t("wizard.ignore") },
                  ...fields.map((f) => ({ value: f.field, label: f.label[lang] })),
                ]}
                onChange={(v: string) => choose(r, v)}
              />
            ),
          },
          {
            key: "why",
            label: t("wizard.why"),
            help: t("wizard.whyText"),
            wraps: true,
            cell: (r) => {
              if (!r.column) return <span className="quiet">{t("wizard.ignored")}</span>;
              const c = r.column;
              return (
                <span className="why">
                  {c.confidence === 1 ? (
                    <span className="tag">{t("wizard.byHand")}</span>
                  ) : (
                    <ShareCell share={c.confidence} text={percent(c.confidence, 0)} />
                  )}
                  {c.confidence < sure && <span className="tag warn">{t("wizard.check")}</span>}
                  {c.confidence < 1 && <span className="quiet">{c.reason[lang]}</span>}
                </span>
              );
            },
          },
          {
            key: "samples",
            label: t("wizard.samples"),
            wraps: true,
            cell: (r) => (
              <span className="samples">
                {r.samples.length > 0 ? r.samples.map((s) => <code key={s}>{s}</code>) : t("wizard.emptyColumn")}
              </span>
            ),
          },
        ]}
      />
    </Card>
  );
}

/** The file as it stands, with personal values masked. */
function SampleCard({ look }: { look: Look }) {
  const { t } = useTranslation();
  const header = look.header ?? [];
  const sample = (look.sample ?? []).map((r) => r ?? []);
  if (sample.length === 0) return null;
  const width = Math.max(header.length, ...sample.map((r) => r.length));
  const all = Array.from({ length: width }, (_, k) => k);
  return (
    <Card title={t("wizard.firstRows", { n: count(sample.length) })} subtitle={t("wizard.masked")}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="table-scroll" tabIndex={0} aria-label={t("wizard.firstRows", { n: count(sample.length) })}>
        <table className="table compact raw">
          <thead>
            <tr>
              {all.map((k) => (
                <th key={k} scope="col">
                  {header[k] || t("wizard.nth", { n: k + 1 })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sample.map((row, r) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no name and never move
              <tr key={r}>
                {all.map((k) => (
                  <td key={k}>{row[k]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
