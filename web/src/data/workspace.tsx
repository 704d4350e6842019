import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { meQuery } from "../api/queries";
import { useLang } from "../lang";
import { App, Button, Input, Select } from "../ui/kit";
import { Choice } from "./choice";

const another = "\u0000another";

/** Which workspace the file goes into: one of those at hand, or a new one. */
export function WorkspaceField({ me, locked }: { me: Schemas["Me"]; locked: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const mayMake = me.permissions.includes("workspaces.edit");
  const [making, setMaking] = useState(me.workspaces.length === 0);

  const choose = async (workspace: string) => {
    if (workspace === another) return setMaking(true);
    setMaking(false);
    if (workspace === me.workspace) return;
    try {
      enter(await body(api.PUT("/api/v1/me/workspace", { body: { workspace } })));
    } catch (e) {
      message.error(Problem.of(e).detail || t("shell.failed"));
    }
  };
  // What is known is of the other shop.
  const enter = (now: Schemas["Me"]) => {
    queries.removeQueries({ predicate: (q) => q.queryKey[0] !== "me" && q.queryKey[0] !== "attributes" });
    queries.setQueryData(meQuery.queryKey, now);
  };
  if (me.workspaces.length === 0 && !mayMake) return <p>{t("shell.noWorkspaceText")}</p>;
  return (
    <div className="form">
      {me.workspaces.length > 0 && (
        <Choice label={t("shell.workspace")}>
          {(id) => (
            <Select
              id={id}
              value={making ? another : me.workspace}
              disabled={locked}
              options={[
                ...me.workspaces.map((w) => ({ value: w.name, label: `${w.name} · ${w.time_zone} · ${w.currency}` })),
                ...(mayMake ? [{ value: another, label: t("wizard.another") }] : []),
              ]}
              onChange={(v: string) => void choose(v)}
            />
          )}
        </Choice>
      )}
      {making && (
        <NewWorkspace
          made={(now) => {
            enter(now);
            setMaking(false);
          }}
        />
      )}
    </div>
  );
}

const currencies = ["CNY", "HKD", "TWD", "USD", "EUR", "GBP", "JPY", "KRW", "SGD", "MYR", "THB", "AUD", "CAD", "CHF"];
const weeks = ["monday", "sunday", "saturday"] as const;

function NewWorkspace({ made }: { made: (me: Schemas["Me"]) => void }) {
  const { t } = useTranslation();
  const lang = useLang();
  const id = useId();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [name, setName] = useState("");
  const [zone, setZone] = useState(own === "UTC" || !own ? "Asia/Shanghai" : own);
  const [currency, setCurrency] = useState("CNY");
  const [week, setWeek] = useState<(typeof weeks)[number]>("monday");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Problem>();
  const zones = useMemo(() => ["UTC", ...Intl.supportedValuesOf("timeZone")], []);
  const called = useMemo(() => new Intl.DisplayNames([lang], { type: "currency" }), [lang]);

  const make = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || !name.trim()) return;
    setBusy(true);
    setFault(undefined);
    try {
      const ws = await body(
        api.POST("/api/v1/workspaces", {
          body: { name: name.trim(), time_zone: zone, currency, week_start: week },
        }),
      );
      made(await body(api.PUT("/api/v1/me/workspace", { body: { workspace: ws.name } })));
    } catch (error) {
      setFault(Problem.of(error));
    } finally {
      setBusy(false);
    }
  };
  const told = (field: string) => (fault?.field === field ? `${id}-fault` : undefined);
  return (
    <form className="form" onSubmit={make}>
      <label htmlFor={`${id}-name`}>
        {t("wizard.name")}
        <Input
          id={`${id}-name`}
          value={name}
          maxLength={60}
          placeholder={t("wizard.nameExample")}
          status={told("name") ? "error" : ""}
          aria-describedby={told("name")}
          onChange={(e) => setName(e.target.value)}
        />
      </label>
      <label htmlFor={`${id}-zone`}>
        {t("wizard.zone")}
        <Select
          id={`${id}-zone`}
          showSearch
          value={zone}
          options={zones.map((z) => ({ value: z, label: z }))}
          onChange={setZone}
        />
      </label>
      <label htmlFor={`${id}-currency`}>
        {t("wizard.currency")}
        <Select
          id={`${id}-currency`}
          showSearch={{ optionFilterProp: "label" }}
          value={currency}
          options={currencies.map((c) => ({ value: c, label: `${c} ${called.of(c) ?? ""}` }))}
          onChange={setCurrency}
        />
      </label>
      <label htmlFor={`${id}-week`}>
        {t("wizard.week")}
        <Select
          id={`${id}-week`}
          value={week}
          options={weeks.map((w) => ({ value: w, label: t(`wizard.${w}`) }))}
          onChange={setWeek}
        />
      </label>
      {fault && (
        <p className="fault" id={`${id}-fault`} role="alert">
          {fault.detail || t("shell.failed")} {fault.hint}
        </p>
      )}
      <div>
        <Button type="primary" htmlType="submit" loading={busy} disabled={!name.trim()}>
          {t("wizard.make")}
        </Button>
      </div>
    </form>
  );
}
