import { expect, it } from "vitest";
import { between, count, day, days, decimal, money, moneyShort, month, percent, points, short, wait } from "./format";

it("writes numbers as each language counts", () => {
  expect([short(12_345, "zh"), short(12_345, "en"), short(386_400_000, "zh"), short(1_290_000, "en")]).toEqual([
    "1.2 万",
    "12.3K",
    "3.86 亿",
    "1.29M",
  ]);
  expect([count(20_316), count(-3), count(null), short(9_999, "zh"), decimal(-2.345, 2)]).toEqual([
    "20,316",
    "−3",
    "—",
    "9,999",
    "−2.35",
  ]);
});

it("writes money to the last minor unit in tables and short in sentences", () => {
  expect([money(1234.5, "CNY"), money(1234, "JPY"), money(-5, "USD"), money(7, "CHF")]).toEqual([
    "¥1,234.50",
    "¥1,234",
    "−$5.00",
    "CHF 7.00",
  ]);
  expect([
    moneyShort(1_286_000, "CNY", "zh"),
    moneyShort(1_290_000, "CNY", "en"),
    moneyShort(12_900, "USD", "en"),
    moneyShort(842.4, "CNY", "zh"),
  ]).toEqual(["¥128.6 万", "¥1.29M", "$12.9K", "¥842"]);
});

it("writes shares with one decimal and their differences in points", () => {
  expect([percent(0.3121), percent(0), percent(null), points(-0.047, "zh"), points(0.012, "en")]).toEqual([
    "31.2%",
    "0.0%",
    "—",
    "4.7 个百分点",
    "1.2 pts",
  ]);
});

it("leaves the year out where it is known", () => {
  expect([
    day("2026-06-08", "zh", "2026-06-30"),
    day("2025-06-08", "zh", "2026-06-30"),
    day("2026-06-08", "en", "2026-06-30"),
    day(null, "zh"),
  ]).toEqual(["6 月 8 日", "2025 年 6 月 8 日", "8 Jun", "—"]);
  expect([month("2026-03", "zh"), month("2026-03", "en", false)]).toEqual(["2026 年 3 月", "Mar"]);
});

it("writes spans", () => {
  expect([
    days(64, "zh"),
    days(1, "en"),
    days(27.6, "en"),
    wait(44.2, "zh"),
    wait(200, "en"),
    between("2026-02-27", "2026-03-02"),
  ]).toEqual(["64 天", "1 day", "28 days", "45 秒", "4 minutes", 3]);
});
