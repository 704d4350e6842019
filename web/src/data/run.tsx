import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Problem } from "../api/problem";
import { percent } from "../lang/format";
import { Button, Progress } from "../ui/kit";
import { Card } from "../ui/page";
import { ErrorState } from "../ui/state";
import { useAdvised } from "./advice";
import { size } from "./figures";
import { useJob } from "./job";
import { Step } from "./wizard";

/** The last step: the work goes on whether or not the page stays open. */
export function Run({ job: id, again }: { job: string; again: (upload: string) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const advised = useAdvised();
  const { job, error } = useJob(id);
  const done = job?.state === "done" ? job.import : undefined;
  useEffect(() => {
    if (!done) return;
    void queries.invalidateQueries({ queryKey: ["imports"] });
    void queries.invalidateQueries({ queryKey: ["snapshot"] });
    navigate(`/data/imports/${done}`, { replace: true, state: { fresh: true } });
  }, [done, navigate, queries]);

  if (error) {
    return (
      <Step at="run" title={t("wizard.lostJob")} sentence={<Link to="/data/imports">{t("wizard.toHistory")}</Link>}>
        <ErrorState error={error} />
      </Step>
    );
  }
  if (job?.state === "failed") {
    const problem = advised(new Problem({ ...job.problem, status: -1 }));
    return (
      <Step at="run" title={t("wizard.failed")} sentence={t("wizard.failedText")}>
        <ErrorState error={problem} />
        <div className="state-actions">
          {job.subject && (
            <Button type="primary" onClick={() => again(job.subject ?? "")}>
              {t("wizard.toColumns")}
            </Button>
          )}
          <Button onClick={() => navigate("/data/import")}>{t("wizard.anotherFile")}</Button>
        </div>
      </Step>
    );
  }
  const share = job && job.total > 0 ? job.done / job.total : 0;
  return (
    <Step at="run" title={t("wizard.running")} sentence={t("wizard.runningText")}>
      <Card title={share >= 1 ? t("wizard.writing") : t("wizard.taking")}>
        <div role="status" aria-busy="true">
          <Progress
            percent={Math.floor(100 * share)}
            status="active"
            format={() => percent(share, 0)}
            aria-label={t("wizard.running")}
          />
          <p className="quiet">
            {job && job.total > 0
              ? t("wizard.readSoFar", { done: size(job.done), of: size(job.total) })
              : t("wizard.waiting")}
          </p>
        </div>
      </Card>
    </Step>
  );
}
