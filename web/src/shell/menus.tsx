import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, body, type Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { meQuery } from "../api/queries";
import { speak, useLang } from "../lang";
import { Icon, type IconName } from "../ui/icon";
import { App, Dropdown } from "../ui/kit";
import { type Choice, useTheme } from "../ui/theme";

interface Item {
  key: string;
  label: string;
  chosen?: boolean;
}

function Menu({
  icon,
  label,
  groups,
  choose,
}: {
  icon: IconName;
  label: string;
  groups: { title?: string; items: Item[] }[];
  choose: (key: string) => void;
}) {
  return (
    <Dropdown
      trigger={["click"]}
      placement="topLeft"
      menu={{
        selectable: true,
        selectedKeys: groups.flatMap((g) => g.items.filter((i) => i.chosen).map((i) => i.key)),
        onClick: (e) => choose(e.key),
        items: groups.map((g, k) => ({
          type: "group" as const,
          key: `group${k}`,
          label: g.title,
          children: g.items.map(({ key, label }) => ({ key, label })),
        })),
      }}
    >
      <button type="button" className="rail-button">
        <Icon name={icon} />
        <span className="grows">{label}</span>
      </button>
    </Dropdown>
  );
}

/** Which shop is looked at. */
export function WorkspaceMenu({ me }: { me: Schemas["Me"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const choose = async (workspace: string) => {
    try {
      const now = await body(api.PUT("/api/v1/me/workspace", { body: { workspace } }));
      // What is known is of the other shop.
      queries.clear();
      queries.setQueryData(meQuery.queryKey, now);
      navigate("/");
    } catch (e) {
      message.error(Problem.of(e).detail || t("shell.failed"));
    }
  };
  return (
    <Menu
      icon="shop"
      label={me.workspace}
      choose={choose}
      groups={[
        {
          title: t("shell.workspace"),
          items: me.workspaces.map((w) => ({ key: w.name, label: w.name, chosen: w.name === me.workspace })),
        },
      ]}
    />
  );
}

/** Language and colours. */
export function LookMenu() {
  const { t } = useTranslation();
  const lang = useLang();
  const { choice, choose } = useTheme();
  const themes: Choice[] = ["system", "light", "dark"];
  return (
    <Menu
      icon="globe"
      label={t("shell.look")}
      choose={(key) => {
        const [kind, what] = key.split(":");
        if (kind === "lang") void speak(what === "en" ? "en" : "zh");
        else choose(what as Choice);
      }}
      groups={[
        {
          title: t("shell.language"),
          items: [
            { key: "lang:zh", label: t("theme.zh"), chosen: lang === "zh" },
            { key: "lang:en", label: t("theme.en"), chosen: lang === "en" },
          ],
        },
        {
          title: t("shell.theme"),
          items: themes.map((x) => ({ key: `theme:${x}`, label: t(`theme.${x}`), chosen: x === choice })),
        },
      ]}
    />
  );
}

export function AccountMenu({ me }: { me: Schemas["Me"] }) {
  const { t } = useTranslation();
  const here = me.workspaces.find((w) => w.name === me.workspace);
  const role = here?.role ? t(`roles.${here.role}` as "roles.owner") : "";
  const leave = async () => {
    try {
      await api.POST("/api/v1/logout");
    } catch {
      // The session then ends by itself.
    }
    // A page loaded anew keeps nothing of the one who left.
    window.location.assign("/login");
  };
  return (
    <Menu
      icon="person"
      label={me.operator?.name || me.operator?.login || me.key?.name || ""}
      choose={leave}
      groups={[
        {
          title: [me.operator?.login, role].filter(Boolean).join(" · "),
          items: [{ key: "leave", label: t("shell.logOut") }],
        },
      ]}
    />
  );
}
