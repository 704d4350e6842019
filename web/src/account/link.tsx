import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link as To, useNavigate } from "react-router";
import { api, body } from "../api/client";
import { Problem } from "../api/problem";
import { currentLang, useLang } from "../lang";
import { wait } from "../lang/format";
import { Button } from "../ui/kit";
import { Bones } from "../ui/state";
import { Entrance, Field, FormFault } from "./entrance";

/** What a link was handed on for: the first account, an invitation, a new password, or coming in. */
export default function Link() {
  const { t } = useTranslation();
  const lang = useLang();
  const queries = useQueryClient();
  const navigate = useNavigate();
  // The token stands behind #, which no server logs; it leaves the address at once.
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Problem>();
  const nothing = useCallback(() => undefined, []);

  useEffect(() => {
    if (token) window.history.replaceState(window.history.state, "", "/link");
  }, [token]);

  const info = useQuery({
    queryKey: ["link", token],
    queryFn: () => body(api.POST("/api/v1/link", { body: { token } })),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    enabled: token !== "",
  });
  const enter = useCallback(() => {
    queries.clear();
    navigate("/", { replace: true });
  }, [queries, navigate]);
  useEffect(() => {
    if (info.data?.logged_in) enter();
  }, [info.data, enter]);

  if (!token || info.error) {
    const p = Problem.of(info.error);
    return (
      <Entrance
        name={t("account.link")}
        title={p.lost && token ? t("shell.lost") : t("account.noLink")}
        text={token && !p.lost ? p.detail : t("account.noLinkText")}
      >
        <p>
          <To to="/login">{t("account.toLogIn")}</To>
        </p>
      </Entrance>
    );
  }
  if (!info.data || info.data.logged_in) {
    return (
      <Entrance name={t("account.link")} title={t("shell.loading")}>
        <Bones />
      </Entrance>
    );
  }
  const { purpose } = info.data;
  const setUp = purpose === "setup";
  const differs = again !== "" && again !== password;
  const send = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || password !== again) return;
    setBusy(true);
    setFault(undefined);
    try {
      const use = await body(
        api.POST("/api/v1/link", {
          body: {
            token,
            password,
            ...(setUp ? { login: login.trim(), name: name.trim(), language: currentLang() } : {}),
          },
        }),
      );
      if (use.logged_in) enter();
      else navigate("/login", { replace: true });
    } catch (error) {
      setFault(Problem.of(error));
    } finally {
      setBusy(false);
    }
  };
  const of = (field: string) =>
    fault?.field === field ? [fault.detail, fault.hint].filter(Boolean).join(" ") : undefined;
  const hours = Math.max(60, (Date.parse(info.data.expires_at) - Date.now()) / 1000);
  return (
    <Entrance
      name={t("account.link")}
      title={t(`account.title.${purpose}`)}
      text={setUp ? t("account.setupText") : t("account.for", { login: info.data.login ?? "" })}
    >
      <form className="entrance-form" onSubmit={send}>
        {fault && !["login", "name", "password"].includes(fault.field) && <FormFault error={fault} ended={nothing} />}
        {setUp ? (
          <>
            <Field
              id="login"
              label={t("account.login")}
              value={login}
              set={setLogin}
              fault={of("login")}
              advice={t("account.loginAdvice")}
              complete="username"
              focus
            />
            <Field id="name" label={t("account.name")} value={name} set={setName} fault={of("name")} complete="name" />
          </>
        ) : (
          <input type="hidden" name="username" autoComplete="username" value={info.data.login ?? ""} readOnly />
        )}
        <Field
          id="password"
          label={t("account.newPassword")}
          value={password}
          set={setPassword}
          fault={of("password")}
          advice={t("account.passwordAdvice")}
          complete="new-password"
          secret
          focus={!setUp}
        />
        <Field
          id="again"
          label={t("account.again")}
          value={again}
          set={setAgain}
          fault={differs && again.length >= password.length ? t("account.differs") : undefined}
          complete="new-password"
          secret
        />
        <Button
          type="primary"
          size="large"
          htmlType="submit"
          block
          loading={busy}
          disabled={!password || password !== again || (setUp && !login)}
        >
          {t(`account.do.${purpose}`)}
        </Button>
        <p className="quiet">{t("account.expires", { time: wait(Math.min(hours, 5400 * 16), lang) })}</p>
      </form>
    </Entrance>
  );
}
