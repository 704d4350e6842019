import { expect, it } from "vitest";
import type { Schemas } from "../api/client";
import { alive, aliveCurve } from "./alive";

// Fader, Hardie & Lee 2005, table 2, in weeks: r 0.243, α 4.414, a 0.793, b 2.426.
const cdnow = { model: "bgnbd", unit: "week", r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 } as Schemas["ClvFittedBG"];

it("is BG/NBD's", () => {
  // x = 2 repeats, t_x = 30.43 weeks, T = 38.86 weeks.
  const p = alive(cdnow, { purchases: 3, recency: 30.43 * 7, age: 38.86 * 7 }, (38.86 - 30.43) * 7);
  const odds = (0.793 / (2.426 + 1)) * ((4.414 + 38.86) / (4.414 + 30.43)) ** (0.243 + 2);
  expect(p).toBeCloseTo(1 / (1 + odds), 12);
  expect(alive(cdnow, { purchases: 1, recency: 0, age: 100 }, 100)).toBeUndefined();
});

it("falls with silence and is drawn only through the stored score", () => {
  const seen = { purchases: 6, recency: 200, age: 260 };
  const score = alive({ ...cdnow, model: "mbgnbd" }, seen, 60) ?? 0;
  const curve = aliveCurve({ ...cdnow, model: "mbgnbd" }, seen, score) ?? [];
  expect(curve.length).toBeGreaterThan(50);
  curve.forEach(([, p], k) => {
    if (k) expect(p).toBeLessThan(curve[k - 1]?.[1] ?? 0);
  });
  expect(aliveCurve(cdnow, seen, 0.01)).toBeUndefined();
});
