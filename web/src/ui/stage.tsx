import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { stageColours } from "./tokens";

/** The default stages in the order of the lifecycle. */
export const stages = ["acquisition", "exploration", "growth", "maturity", "decline", "lost"] as const;

/** Names a stage; a workspace's own stages bring their names along. */
export function useStageName() {
  const { t, i18n } = useTranslation();
  return (stage: string) => {
    const key = `stages.${stage}`;
    return i18n.exists(key) ? t(key as "stages.lost") : stage;
  };
}

export function Dot({ colour }: { colour: string }) {
  return (
    <svg className="dot" viewBox="0 0 10 10" aria-hidden="true">
      <circle cx="5" cy="5" r="4.5" fill={colour} stroke="currentColor" strokeOpacity="0.350" />
    </svg>
  );
}

/** A stage with its colour, which never stands alone. */
export function Stage({
  stage,
  name,
  colour,
  returned,
}: {
  stage: string;
  name?: string;
  colour?: string;
  returned?: boolean;
}) {
  const label = useStageName();
  const { t } = useTranslation();
  return (
    <span className="stage">
      <Dot colour={colour ?? stageColours[stage] ?? "#8A8F94"} />
      {name ?? label(stage)}
      {returned && <span className="quiet">{t("stages.mark")}</span>}
    </span>
  );
}

export function Tag({ children }: { children: ReactNode }) {
  return <span className="tag">{children}</span>;
}
