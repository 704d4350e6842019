import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../lang";
import { Icon } from "../ui/icon";
import { Button, Input, Popover, Select } from "../ui/kit";
import { Dot, stages, useStageName } from "../ui/stage";
import { stageColours } from "../ui/tokens";
import type { Condition } from "./address";
import { type Attribute, useTextName, useWords } from "./show";

const classes = ["111", "101", "011", "001", "110", "100", "010", "000"];

/** What a list is narrowed by: the stages at hand, every attribute behind one button. */
export function Filters({
  where,
  set,
  attributes,
}: {
  where: readonly Condition[];
  set: (where: readonly Condition[]) => void;
  attributes: readonly Attribute[];
}) {
  const { t } = useTranslation();
  const stageName = useStageName();
  const words = useWords(attributes);
  const at = where.findIndex(([a, op]) => a === "stage" && (op === "is" || op === "in"));
  const chosen: readonly string[] = where[at]?.slice(2) ?? [];
  const toggle = (stage: string) => {
    const next = chosen.includes(stage) ? chosen.filter((s) => s !== stage) : [...chosen, stage];
    const rest = where.filter((_, k) => k !== at);
    set(next.length === 0 ? rest : [...rest, next.length === 1 ? ["stage", "is", ...next] : ["stage", "in", ...next]]);
  };
  const others = where.filter((_, k) => k !== at);
  return (
    <fieldset className="filters" aria-label={t("customers.filters")}>
      <div className="chips">
        {stages.map((s) => (
          <button key={s} type="button" className="chip" aria-pressed={chosen.includes(s)} onClick={() => toggle(s)}>
            <Dot colour={stageColours[s] ?? "#8A8F94"} />
            {stageName(s)}
          </button>
        ))}
      </div>
      {others.map((c) => (
        <span key={c.join(":")} className="chip condition">
          {words(c)}
          <button
            type="button"
            aria-label={t("customers.without", { condition: words(c) })}
            onClick={() => set(where.filter((x) => x !== c))}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <Add attributes={attributes} add={(c) => set([...where, c])} />
      {where.length > 1 && (
        <Button type="link" onClick={() => set([])}>
          {t("customers.clear")}
        </Button>
      )}
    </fieldset>
  );
}

function Add({ attributes, add }: { attributes: readonly Attribute[]; add: (c: Condition) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      content={
        <AddForm
          attributes={attributes}
          add={(c) => {
            add(c);
            setOpen(false);
          }}
        />
      }
    >
      <button type="button" className="chip" aria-expanded={open}>
        <Icon name="filter" />
        {t("customers.addFilter")}
      </button>
    </Popover>
  );
}

function AddForm({ attributes, add }: { attributes: readonly Attribute[]; add: (c: Condition) => void }) {
  const { t, i18n } = useTranslation();
  const lang = useLang();
  const textName = useTextName();
  const stageName = useStageName();
  const id = useId();
  const [name, setName] = useState("clv_12");
  const [op, setOp] = useState("at_least");
  const [values, setValues] = useState<string[]>([""]);
  const a = attributes.find((x) => x.name === name);
  if (!a) return null;
  const without = op === "known" || op === "unknown";
  const choices =
    name === "rfm_code"
      ? classes.map((c) => ({ value: c, label: textName("rfm_code", c) }))
      : name === "stage" || name === "previous_stage"
        ? stages.map((s) => ({ value: s, label: stageName(s) }))
        : undefined;
  const many = op === "in" || op === "not_in";
  const complete = without || (op === "between" ? values[0] && values[1] : many ? values.some(Boolean) : values[0]);
  const done = () => {
    if (complete) add(without ? [name, op] : [name, op, ...values.map((v) => v.trim()).filter(Boolean)]);
  };
  const type = a.kind === "day" ? "date" : a.kind === "text" || a.kind === "flag" ? "text" : "number";
  const field = (k: number, label: string) => (
    <label htmlFor={`${id}-${k}`}>
      {label}
      <Input
        id={`${id}-${k}`}
        type={type}
        value={values[k] ?? ""}
        onPressEnter={done}
        onChange={(e) => {
          const next = [...values];
          next[k] = e.target.value;
          setValues(next);
        }}
      />
    </label>
  );
  return (
    <div className="filter-form">
      <label htmlFor={id}>
        {t("customers.attribute")}
        <Select
          id={id}
          showSearch={{ optionFilterProp: "label" }}
          value={name}
          options={attributes.map((x) => ({ value: x.name, label: x.label[lang] }))}
          onChange={(v: string) => {
            const next = attributes.find((x) => x.name === v);
            setName(v);
            setOp(
              next?.kind === "text"
                ? "in"
                : next?.kind === "flag"
                  ? "is"
                  : next?.kind === "day"
                    ? "between"
                    : "at_least",
            );
            setValues(next?.kind === "flag" ? ["true"] : [""]);
          }}
        />
      </label>
      <p className="about">{a.definition[lang]}</p>
      <Select
        aria-label={t("customers.comparison")}
        value={op}
        options={(a.ops as readonly string[]).map((o) => ({
          value: o,
          label: i18n.exists(`ops.${o}`) ? t(`ops.${o}` as "ops.is") : o,
        }))}
        onChange={(v: string) => {
          setOp(v);
          if (v === "between" && values.length < 2) setValues([values[0] ?? "", ""]);
        }}
      />
      {without ? null : a.kind === "flag" ? (
        <Select
          aria-label={t("customers.value")}
          value={values[0]}
          options={[
            { value: "true", label: t("customers.yes") },
            { value: "false", label: t("customers.no") },
          ]}
          onChange={(v: string) => setValues([v])}
        />
      ) : choices ? (
        <Select
          aria-label={t("customers.value")}
          mode={many ? "multiple" : undefined}
          value={many ? values.filter(Boolean) : values[0] || undefined}
          options={choices}
          placeholder={t("customers.choose")}
          onChange={(v: string | string[]) => setValues(Array.isArray(v) ? v : [v])}
        />
      ) : many ? (
        <Select
          aria-label={t("customers.value")}
          mode="tags"
          value={values.filter(Boolean)}
          placeholder={t("customers.typeMany")}
          onChange={(v: string[]) => setValues(v)}
        />
      ) : op === "between" ? (
        <>
          {field(0, t("customers.fromValue"))}
          {field(1, t("customers.toValue"))}
        </>
      ) : (
        field(0, t("customers.value"))
      )}
      <Button type="primary" disabled={!complete} onClick={done}>
        {t("customers.addFilter")}
      </Button>
    </div>
  );
}
