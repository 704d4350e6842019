import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import type { Lang } from "./format";

const key = "perennial.lang";

/** What a person chose here, else what the browser speaks, else Chinese. */
function first(): Lang {
  const asked = new URLSearchParams(window.location.search).get("lang");
  if (asked === "zh" || asked === "en") return asked;
  try {
    const kept = window.localStorage.getItem(key);
    if (kept === "zh" || kept === "en") return kept;
  } catch {
    // A browser that keeps nothing is asked what it speaks.
  }
  for (const tag of navigator.languages) {
    if (tag.startsWith("zh")) return "zh";
    if (tag.startsWith("en")) return "en";
  }
  return navigator.languages.length > 0 ? "en" : "zh";
}

const load = {
  zh: () => import("./zh"),
  en: () => import("./en"),
};

export async function startLang() {
  const lang = first();
  const words = (await load[lang]()).default;
  await i18next.use(initReactI18next).init({
    lng: lang,
    resources: { [lang]: { translation: words } },
    fallbackLng: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  tell(lang);
}

function tell(lang: Lang) {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
}

/** Speaks another language from now on. */
export async function speak(lang: Lang) {
  if (!i18next.hasResourceBundle(lang, "translation")) {
    i18next.addResourceBundle(lang, "translation", (await load[lang]()).default);
  }
  await i18next.changeLanguage(lang);
  tell(lang);
  try {
    window.localStorage.setItem(key, lang);
  } catch {
    // It then holds until the page is closed.
  }
}

export const currentLang = (): Lang => (i18next.language === "en" ? "en" : "zh");

export function useLang(): Lang {
  const { i18n } = useTranslation();
  return i18n.language === "en" ? "en" : "zh";
}

/** The sentence of a text in both languages that speaks the page's. */
export function useSay() {
  const lang = useLang();
  return (text: { zh: string; en: string } | null | undefined) => text?.[lang] ?? "";
}
