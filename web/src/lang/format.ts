// Numbers, money, days and spans as people of a language write them. Chinese counts
// large numbers in 万 and 亿, English in K and M; a change of a rate is in points.

export type Lang = "zh" | "en";

/** Written where a number is not known. */
export const DASH = "—";

const MINUS = "−";

const grouped = (v: number, digits: number) =>
  v.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

const signed = (v: number, text: string) => (v < 0 ? MINUS + text : text);

/** A whole number, all of its digits. */
export function count(v: number | null | undefined): string {
  if (v == null) return DASH;
  return signed(v, grouped(Math.abs(v), 0));
}

/** Three significant digits or so, for figures and axes: 12.8 万, 128K. */
export function short(v: number | null | undefined, lang: Lang): string {
  if (v == null) return DASH;
  const a = Math.abs(v);
  if (lang === "zh") {
    if (a >= 1e8) return signed(v, `${trim(a / 1e8, 2)} 亿`);
    if (a >= 1e4) return signed(v, `${trim(a / 1e4, 1)} 万`);
  } else {
    if (a >= 1e9) return signed(v, `${trim(a / 1e9, 2)}B`);
    if (a >= 1e6) return signed(v, `${trim(a / 1e6, 2)}M`);
    if (a >= 1e4) return signed(v, `${trim(a / 1e3, 1)}K`);
  }
  return signed(v, trim(a, a < 10 ? 2 : 0));
}

const trim = (v: number, digits: number) =>
  v.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: digits });

const symbols: Record<string, string> = { CNY: "¥", JPY: "¥", USD: "$", EUR: "€", GBP: "£", XXX: "", "": "" };

/** What stands before an amount. */
export const symbolOf = (currency: string) => symbols[currency] ?? `${currency} `;

const withoutDecimals = new Set(["JPY", "KRW", "VND", "CLP", "ISK", "XXX"]);

/** Money to the last minor unit, for tables: ¥1,234.50. */
export function money(v: number | null | undefined, currency: string): string {
  if (v == null) return DASH;
  return signed(v, symbolOf(currency) + grouped(Math.abs(v), withoutDecimals.has(currency) ? 0 : 2));
}

/** Money for figures and sentences: ¥128.6 万, ¥1.29M, ¥842. */
export function moneyShort(v: number | null | undefined, currency: string, lang: Lang): string {
  if (v == null) return DASH;
  const a = Math.abs(v);
  const text = a >= 1e4 ? shortMoney(a, lang) : grouped(a, a > 0 && a < 10 ? 2 : 0);
  return signed(v, symbolOf(currency) + text);
}

function shortMoney(a: number, lang: Lang): string {
  if (lang === "zh") return a >= 1e8 ? `${grouped(a / 1e8, 2)} 亿` : `${grouped(a / 1e4, 1)} 万`;
  if (a >= 1e9) return `${grouped(a / 1e9, 2)}B`;
  return a >= 1e6 ? `${grouped(a / 1e6, 2)}M` : `${grouped(a / 1e3, 1)}K`;
}

/** A share of one as a percentage with one decimal. */
export function percent(v: number | null | undefined, digits = 1): string {
  if (v == null) return DASH;
  return signed(Math.round(v * 1e6), `${Math.abs(v * 100).toFixed(digits)}%`);
}

/** A difference of two shares, in points, without its sign. */
export function points(v: number, lang: Lang): string {
  const n = Math.abs(v * 100).toFixed(1);
  return lang === "zh" ? `${n} 个百分点` : `${n} pts`;
}

/** A number of days. */
export function days(v: number | null | undefined, lang: Lang, digits = 0): string {
  if (v == null) return DASH;
  const n = trim(v, digits);
  if (lang === "zh") return `${n} 天`;
  return n === "1" ? "1 day" : `${n} days`;
}

/** A number that is neither money nor a count. */
export function decimal(v: number | null | undefined, digits = 1): string {
  if (v == null) return DASH;
  return signed(v, grouped(Math.abs(v), digits));
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A day in a sentence; the year is left out where it is that of reference. */
export function day(iso: string | null | undefined, lang: Lang, reference?: string): string {
  const m = DAY.exec(iso ?? "");
  if (!m) return DASH;
  const [year, month, date] = [m[1] ?? "", Number(m[2]), Number(m[3])];
  const same = reference?.slice(0, 4) === year;
  if (lang === "zh") return same ? `${month} 月 ${date} 日` : `${year} 年 ${month} 月 ${date} 日`;
  return same ? `${date} ${MONTHS[month - 1]}` : `${date} ${MONTHS[month - 1]} ${year}`;
}

/** A day on an axis. */
export function dayShort(iso: string): string {
  const m = DAY.exec(iso);
  return m ? `${Number(m[2])}/${Number(m[3])}` : iso;
}

/** A month: 2026 年 3 月, Mar 2026. */
export function month(iso: string, lang: Lang, year = true): string {
  const [y, m] = iso.split("-");
  const name = MONTHS[Number(m) - 1] ?? iso;
  if (lang === "zh") return year ? `${y} 年 ${Number(m)} 月` : `${Number(m)} 月`;
  return year ? `${name} ${y}` : name;
}

/** How long a wait is: 45 秒, 3 分钟. */
export function wait(seconds: number, lang: Lang): string {
  const s = Math.max(1, Math.ceil(seconds));
  if (s < 90) return lang === "zh" ? `${s} 秒` : s === 1 ? "1 second" : `${s} seconds`;
  const m = Math.ceil(s / 60);
  return lang === "zh" ? `${m} 分钟` : `${m} minutes`;
}

/** Whole days between two days. */
export function between(from: string, to: string): number {
  return Math.round((Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10))) / 86_400_000);
}
