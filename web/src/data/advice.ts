import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";

/**
 * What the server advises on a file is said to the command line as well, with options
 * (--map); here the same is chosen in the step of the columns.
 */
export function useAdvised(): (error: unknown) => Problem {
  const { t } = useTranslation();
  return (error) => {
    const p = Problem.of(error);
    if (!/(^|\s)--\w/.test(p.hint)) return p;
    const { status, code, detail, field, after } = p;
    return new Problem({ status, code, detail, field, after, hint: t("wizard.atColumns") });
  };
}
