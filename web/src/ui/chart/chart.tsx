import { Tooltip } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useLang } from "../../lang";
import { Icon, type IconName } from "../icon";
import { Card } from "../page";
import { EmptyState } from "../state";
import { useTheme } from "../theme";
import type { Drawing } from "./engine";
import { type Look, lookOf, type Option } from "./look";
import { csv, type Sheet, save } from "./sheet";

const engine = () => import("./engine");
const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * A chart in its frame. The title says what it shows, the subtitle what is drawn, in
 * which unit and of whom. A click on a mark leads to the customers behind it; the same
 * links stand in the table, for who cannot point.
 *
 * form must not change between renders unless the chart does.
 */
export function Chart({
  title,
  subtitle,
  note,
  name,
  form,
  sheet,
  empty,
  tall,
  span,
}: {
  title: string;
  subtitle: string;
  note?: ReactNode;
  name: string; // of the files
  form: (look: Look) => Option;
  sheet: Sheet;
  empty?: { title: string; text: string };
  tall?: boolean;
  span?: 4 | 5 | 6 | 7 | 8 | 12;
}) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const lang = useLang();
  const { mode } = useTheme();
  const box = useRef<HTMLDivElement>(null);

  if (empty) {
    return (
      <Card title={title} subtitle={subtitle} span={span}>
        <EmptyState title={empty.title}>{empty.text}</EmptyState>
      </Card>
    );
  }
  const keepPicture = async () => {
    const { picture } = await engine();
    const width = box.current?.clientWidth ?? 800;
    const blob = await picture(form, lookOf(mode, lang, width, 400), title, subtitle);
    if (blob) save(`${name}.png`, blob);
  };
  return (
    <Card
      title={title}
      subtitle={subtitle}
      note={note}
      span={span}
      tools={
        <div className="chart-tools">
          <Tool
            icon={asTable ? "chart" : "table"}
            label={asTable ? t("shell.asChart") : t("shell.asTable")}
            onClick={() => setAsTable(!asTable)}
          />
          <Tool icon="image" label={t("shell.png")} onClick={keepPicture} />
          <Tool
            icon="download"
            label={t("shell.csv")}
            onClick={() => save(`${name}.csv`, new Blob([csv(sheet)], { type: "text/csv;charset=utf-8" }))}
          />
        </div>
      }
    >
      <div ref={box} className={tall ? "chart tall" : "chart"}>
        {asTable ? <SheetTable sheet={sheet} label={title} /> : <Canvas form={form} label={`${title}。${subtitle}`} />}
      </div>
    </Card>
  );
}

export function Tool({
  icon,
  label,
  onClick,
  pressed,
}: {
  icon: IconName;
  label: string;
  onClick: () => void;
  pressed?: boolean;
}) {
  return (
    <Tooltip title={label}>
      <button type="button" aria-label={label} aria-pressed={pressed} onClick={onClick}>
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}

function Canvas({ form, label }: { form: (look: Look) => Option; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const lang = useLang();
  const { mode } = useTheme();
  const go = useRef(navigate);
  go.current = navigate;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let gone = false;
    let drawing: Drawing | undefined;
    let stop = () => {};
    engine().then(({ begin, draw }) => {
      if (gone) return;
      drawing = begin(element, (to) => go.current(to));
      const paint = () => {
        const { clientWidth: width, clientHeight: height } = element;
        if (!drawing || width === 0 || height === 0) return;
        drawing.resize({ width, height });
        const look = lookOf(mode, lang, width, height);
        draw(drawing, form(look), look, calm());
      };
      let waiting = 0;
      const watch = new ResizeObserver(() => {
        cancelAnimationFrame(waiting);
        waiting = requestAnimationFrame(paint);
      });
      watch.observe(element);
      stop = () => {
        cancelAnimationFrame(waiting);
        watch.disconnect();
      };
    });
    return () => {
      gone = true;
      stop();
      drawing?.dispose();
    };
  }, [form, mode, lang]);

  return <div ref={box} className="chart-box" role="img" aria-label={label} />;
}

function SheetTable({ sheet, label }: { sheet: Sheet; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="chart-table" tabIndex={0} aria-label={label}>
      <table className="table compact">
        <thead>
          <tr>
            {sheet.columns.map((c) => (
              <th key={c.label} scope="col" className={c.number ? "number" : undefined}>
                {c.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.map((row, r) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name and never move
            <tr key={r}>
              {sheet.columns.map((c, k) => {
                const v = row.values[k] ?? null;
                const shown = c.show ? c.show(v) : String(v ?? "");
                return (
                  <td key={c.label} className={c.number ? "number" : undefined}>
                    {k === 0 && row.to ? <Link to={row.to}>{shown}</Link> : shown}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
