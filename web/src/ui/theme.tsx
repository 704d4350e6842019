import { App, ConfigProvider, theme as kit } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { Lang } from "../lang/format";
import { font, type Mode, palettes } from "./tokens";
import "./theme.css";

/** What a person chose; the system's choice unless they did. */
export type Choice = Mode | "system";

const key = "perennial.theme";
const choices: readonly string[] = ["light", "dark", "system"];

interface ThemeState {
  mode: Mode;
  choice: Choice;
  choose: (choice: Choice) => void;
}

const ThemeContext = createContext<ThemeState>({ mode: "light", choice: "system", choose: () => undefined });

export const useTheme = () => useContext(ThemeContext);

const dark = () => window.matchMedia("(prefers-color-scheme: dark)");

function stored(): Choice {
  try {
    const v = window.localStorage.getItem(key);
    return v && choices.includes(v) ? (v as Choice) : "system";
  } catch {
    return "system"; // a browser that keeps nothing
  }
}

const settle = (choice: Choice): Mode => (choice === "system" ? (dark().matches ? "dark" : "light") : choice);

/** Sets the colours before anything is drawn. */
export function startTheme() {
  document.documentElement.dataset.theme = settle(stored());
}

// The server allows styles that carry the nonce it put into the page.
const nonce =
  document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ||
  document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ||
  undefined;

export function ThemeProvider({ lang, children }: { lang: Lang; children: ReactNode }) {
  const [choice, setChoice] = useState<Choice>(stored);
  const [mode, setMode] = useState<Mode>(() => settle(choice));

  useEffect(() => {
    const follow = () => setMode(settle(choice));
    follow();
    const media = dark();
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, [choice]);

  useEffect(() => {
    document.documentElement.dataset.theme = mode;
  }, [mode]);

  const value = useMemo<ThemeState>(
    () => ({
      mode,
      choice,
      choose: (next) => {
        setChoice(next);
        try {
          window.localStorage.setItem(key, next);
        } catch {
          // It then holds until the page is closed.
        }
      },
    }),
    [mode, choice],
  );

  const p = palettes[mode];
  return (
    <ThemeContext value={value}>
      <ConfigProvider
        csp={nonce ? { nonce } : {}}
        locale={lang === "en" ? en : zh}
        button={{ autoInsertSpace: false }}
        wave={{ disabled: true }}
        theme={{
          algorithm: mode === "dark" ? kit.darkAlgorithm : kit.defaultAlgorithm,
          token: {
            colorPrimary: p.brand,
            colorInfo: p.brand,
            colorLink: p.brand,
            colorSuccess: p.good,
            colorError: p.bad,
            colorWarning: p.warn,
            colorTextBase: p.ink,
            colorText: p.ink,
            colorTextSecondary: p.quiet,
            colorTextTertiary: p.quiet,
            colorTextPlaceholder: p.quiet,
            colorTextDescription: p.quiet,
            colorBgBase: p.card,
            colorBgContainer: p.card,
            colorBgElevated: p.card,
            colorBgLayout: p.page,
            colorBorder: p.line,
            colorBorderSecondary: p.line,
            colorTextLightSolid: p.brandInk,
            borderRadius: 8,
            fontFamily: font,
            fontSize: 14,
            motionDurationFast: "0.1s",
            motionDurationMid: "0.15s",
            motionDurationSlow: "0.18s",
          },
          components: {
            Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none" },
            Checkbox: { colorBorder: p.quiet },
            Tooltip: { colorBgSpotlight: p.ink, colorTextLightSolid: p.card },
          },
        }}
      >
        <App component={false}>{children}</App>
      </ConfigProvider>
    </ThemeContext>
  );
}
