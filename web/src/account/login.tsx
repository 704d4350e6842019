import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { api, body } from "../api/client";
import { Problem } from "../api/problem";
import { meQuery } from "../api/queries";
import { Button } from "../ui/kit";
import { after, Entrance, Field, FormFault } from "./entrance";

export default function Login() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [q] = useSearchParams();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Problem>();
  const [blocked, setBlocked] = useState(false);
  const unblock = useCallback(() => setBlocked(false), []);

  const send = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || blocked) return;
    setBusy(true);
    try {
      const me = await body(api.POST("/api/v1/login", { body: { login: login.trim(), password } }));
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
      navigate(after(q.get("next")), { replace: true });
    } catch (error) {
      const p = Problem.of(error);
      setFault(p);
      setBlocked(p.after > 0);
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Entrance name={t("account.logIn")} title={t("account.logInTitle")}>
      <form className="entrance-form" onSubmit={send}>
        {fault && <FormFault error={fault} ended={unblock} />}
        <Field id="login" label={t("account.login")} value={login} set={setLogin} complete="username" focus />
        <Field
          id="password"
          label={t("account.password")}
          value={password}
          set={setPassword}
          complete="current-password"
          secret
        />
        <Button
          type="primary"
          size="large"
          htmlType="submit"
          block
          loading={busy}
          disabled={blocked || !login || !password}
        >
          {t("account.logIn")}
        </Button>
        <p className="quiet">{t("account.forgotten")}</p>
      </form>
    </Entrance>
  );
}
