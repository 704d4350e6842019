import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { Page } from "../ui/page";
import { Choose } from "./choose";
import { Columns } from "./columns";
import { Preview } from "./preview";
import type { Asked } from "./queries";
import { Run } from "./run";
import "./data.css";

/**
 * Takes a file in, in four steps. The address says which: the file by its upload, the
 * work by its job; what a person chose is kept beside it by the browser. So a reload
 * and the way back lose nothing.
 */
export default function Wizard() {
  const [q] = useSearchParams();
  const navigate = useNavigate();
  const state = useLocation().state as { asked?: Asked } | null;
  const asked = state?.asked ?? {};
  const upload = q.get("upload");
  const job = q.get("job");
  const go = (query: Record<string, string>, next: Asked, replace = false) =>
    navigate(`/data/import?${new URLSearchParams(query)}`, { replace, state: { asked: next } });

  if (job) return <Run job={job} again={(upload) => go({ upload }, asked, true)} />;
  if (!upload) return <Choose done={(id) => go({ upload: id }, {})} />;
  if (q.get("step") === "preview")
    return (
      <Preview
        upload={upload}
        asked={asked}
        ask={(next) => go({ upload, step: "preview" }, next, true)}
        back={() => go({ upload }, asked)}
        done={(id) => go({ job: id }, asked)}
      />
    );
  return (
    <Columns
      upload={upload}
      asked={asked}
      ask={(next) => go({ upload }, next, true)}
      next={(kind) => go({ upload, step: "preview" }, { ...asked, kind })}
    />
  );
}

const steps = ["choose", "columns", "preview", "run"] as const;

/** A page of the wizard: where one is, and what the next step is at its foot. */
export function Step({
  at,
  title,
  sentence,
  foot,
  children,
}: {
  at: (typeof steps)[number];
  title: ReactNode;
  sentence?: ReactNode;
  foot?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Page
      name={t("places.import")}
      title={title}
      sentence={sentence}
      bar={
        <ol className="steps" aria-label={t("wizard.steps")}>
          {steps.map((s, k) => (
            <li
              key={s}
              aria-current={s === at ? "step" : undefined}
              data-done={k < steps.indexOf(at) ? true : undefined}
            >
              {t(`wizard.${s}`)}
            </li>
          ))}
        </ol>
      }
    >
      {children}
      {foot && <div className="wizard-foot">{foot}</div>}
    </Page>
  );
}
