import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { currentLang, useLang } from "../lang";
import { count } from "../lang/format";
import { save } from "../ui/chart/sheet";
import { Icon } from "../ui/icon";
import { App, Button, Dropdown, Progress } from "../ui/kit";
import { type Asked, conditions } from "./address";

const newline = 10;

/** Takes the whole list along as a file, with a bar that says how far it is. */
export function Export({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const lang = useLang();
  const { message } = App.useApp();
  const [run, setRun] = useState<{ done: number; of: number; bytes: number }>();
  const stop = useRef<AbortController>(undefined);

  const start = async (format: string) => {
    const control = new AbortController();
    stop.current = control;
    setRun({ done: 0, of: 0, bytes: 0 });
    try {
      const q = new URLSearchParams({ format, lang: currentLang(), columns: asked.columns.join(",") });
      for (const c of conditions(asked.where)) q.append("where", c);
      const answer = await fetch(`/api/v1/customers/export?${q}`, { signal: control.signal });
      if (!answer.ok || !answer.body) throw await Problem.from(answer);
      const of = Number(answer.headers.get("Perennial-Rows") ?? 0);
      const parts: BlobPart[] = [];
      let lines = -1; // the header is no customer
      let bytes = 0;
      let told = 0;
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
        bytes += value.length;
        if (format === "csv") for (const b of value) if (b === newline) lines++;
        if (Date.now() - told > 100) {
          told = Date.now();
          setRun({ done: Math.max(0, lines), of, bytes });
        }
      }
      const name =
        /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? `customers.${format}`;
      save(name, new Blob(parts, { type: answer.headers.get("Content-Type") ?? "" }));
      message.success(t("customers.exported", { n: count(of) }));
    } catch (e) {
      if (!control.signal.aborted) message.error(Problem.of(e).detail || t("customers.exportFailed"));
    } finally {
      setRun(undefined);
    }
  };

  if (run) {
    return (
      <div className="export-run" role="status">
        <span>
          {run.done > 0
            ? t("customers.exporting", { done: count(run.done), of: count(run.of) })
            : t("customers.exportingBytes", { size: (run.bytes / 1e6).toFixed(1) })}{" "}
          <Button type="link" size="small" onClick={() => stop.current?.abort()}>
            {t("customers.stop")}
          </Button>
        </span>
        <Progress
          percent={run.of > 0 ? Math.round((100 * run.done) / run.of) : 0}
          showInfo={false}
          size="small"
          aria-label={t("customers.export")}
        />
      </div>
    );
  }
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        onClick: (e) => void start(e.key),
        items: [
          { key: "csv", label: t("customers.csv") },
          { key: "xlsx", label: t("customers.xlsx") },
        ],
      }}
    >
      <Button icon={<Icon name="download" />} lang={lang}>
        {t("customers.export")}
      </Button>
    </Dropdown>
  );
}
