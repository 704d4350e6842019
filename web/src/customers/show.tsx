import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { useLang } from "../lang";
import { count, DASH, days, decimal, money, percent } from "../lang/format";
import { Stage, useStageName } from "../ui/stage";
import type { Condition } from "./address";

export type Attribute = Schemas["AttributeInfo"];
export type Value = string | number | boolean | null | undefined;

/** Names for texts that are codes: classes and stages. */
export function useTextName() {
  const { t, i18n } = useTranslation();
  const stage = useStageName();
  return (attribute: string, value: string) => {
    if (attribute === "stage" || attribute === "previous_stage") return stage(value);
    if (attribute === "rfm_code" && i18n.exists(`classes.${value}`))
      return `${value} ${t(`classes.${value}` as "classes.111")}`;
    return value;
  };
}

/** A value of an attribute as people read it. */
export function useShow(currency: string) {
  const { t } = useTranslation();
  const lang = useLang();
  const textName = useTextName();
  return (a: Attribute, v: Value): ReactNode => {
    if (v == null || v === "") return <span className="quiet">{DASH}</span>;
    if (a.name === "stage") return <Stage stage={String(v)} />;
    if (typeof v === "boolean") return v ? t("customers.yes") : t("customers.no");
    if (typeof v === "string") return textName(a.name, v);
    if (a.kind === "money") return money(v, currency);
    if (a.unit === "share") return percent(v);
    if (a.unit === "days") return days(v, lang, a.kind === "number" ? 1 : 0);
    return a.kind === "number"
      ? decimal(v, 2)
      : a.name.endsWith("_score") || a.name === "cluster"
        ? String(a.name === "cluster" ? v + 1 : v)
        : count(v);
  };
}

/** A condition in words: 阶段 是 衰退期. */
export function useWords(attributes: readonly Attribute[]) {
  const { t, i18n } = useTranslation();
  const lang = useLang();
  const textName = useTextName();
  return ([name, op, ...values]: Condition): string => {
    const a = attributes.find((x) => x.name === name);
    const label = a?.label[lang] ?? name;
    const written = values.map((v) => {
      if (a?.kind === "flag") return v === "true" ? t("customers.yes") : t("customers.no");
      if (a?.kind === "text") return textName(name, v);
      if (name === "cluster") return String(Number(v) + 1);
      return v;
    });
    const key = `ops.${op}`;
    const word = i18n.exists(key) ? t(key as "ops.is") : op;
    const list = op === "between" ? written.join(" – ") : written.join(lang === "zh" ? "、" : ", ");
    return [label, word, list].filter(Boolean).join(" ");
  };
}

export const isNumber = (a: Attribute) => a.kind === "whole" || a.kind === "number" || a.kind === "money";
