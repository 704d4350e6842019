// The palette, in one place: style sheets, the component kit and charts take it from
// here. tokens.test.ts computes that text on it can be read.

export type Mode = "light" | "dark";

export interface Palette {
  brand: string;
  brandInk: string; // text on brand
  ink: string;
  quiet: string;
  line: string;
  page: string;
  card: string;
  tint: string; // behind what is chosen
  hover: string;
  good: string;
  bad: string;
  badTint: string;
  warn: string;
  warnTint: string;
  scale: readonly string[]; // sequential, least first
}

export const palettes: Record<Mode, Palette> = {
  light: {
    brand: "#0F6B4F",
    brandInk: "#FFFFFF",
    ink: "#1F2A30",
    quiet: "#5B6770",
    line: "#E3E8EB",
    page: "#F7F9F8",
    card: "#FFFFFF",
    tint: "#E7F1EC",
    hover: "#F1F5F3",
    good: "#0B7A4B",
    bad: "#B23B00",
    badTint: "#FDF1EA",
    warn: "#8A5A00",
    warnTint: "#FDF6E7",
    scale: ["#EEF5F1", "#D3E5DC", "#ABCEBF", "#7FB49F", "#4F957B", "#2A7A5F"],
  },
  dark: {
    brand: "#3FB68B",
    brandInk: "#0C1512",
    ink: "#E6ECEE",
    quiet: "#9AA7AE",
    line: "#2C363B",
    page: "#12181B",
    card: "#1A2226",
    tint: "#1F3630",
    hover: "#212B30",
    good: "#4CC38A",
    bad: "#FF8A50",
    badTint: "#33231C",
    warn: "#E9B44C",
    warnTint: "#302A1C",
    scale: ["#1F2C2B", "#1F4239", "#215747", "#2A7560", "#36967A", "#4DB795"],
  },
};

/** The stages' colours, everywhere the same (Okabe and Ito 2008). They fill areas. */
export const stageColours: Record<string, string> = {
  prospect: "#C9D3D8",
  acquisition: "#56B4E9",
  exploration: "#0072B2",
  growth: "#009E73",
  maturity: "#E69F00",
  decline: "#D55E00",
  lost: "#8A8F94",
  returned: "#CC79A7",
};

/** Apart from the stages': lines of groups. */
export const groupColours = ["#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#009E73", "#D55E00"] as const;

export const font =
  '"PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", Inter, system-ui, sans-serif';

const channel = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

function luminance(hex: string): number {
  const n = Number.parseInt(hex.slice(1), 16);
  const [r, g, b] = [n >> 16, (n >> 8) & 255, n & 255].map((c) => channel(c / 255)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast ratio of two #RRGGBB colours (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Ink or white, whichever is the easier to read on a colour. */
export function inkOn(hex: string): string {
  return contrast(hex, "#12181B") >= contrast(hex, "#FFFFFF") ? "#12181B" : "#FFFFFF";
}
