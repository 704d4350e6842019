import type { Schemas } from "../api/client";

/** A purchase history as the models see it, in days. */
export interface Seen {
  purchases: number; // purchase days
  recency: number; // from the first to the last
  age: number; // from the first to the as-of day
}

/**
 * The probability of being alive after a silence of s days, of a customer who buys
 * nothing in between: predict/clv's BetaGeometric.PAlive on the fitted parameters.
 * Undefined where the model says nothing of silence (BG/NBD with one purchase).
 */
export function alive(m: Schemas["ClvFittedBG"], seen: Seen, s: number): number | undefined {
  const x = seen.purchases - 1;
  const drops = m.model === "mbgnbd" || m.model === "MBG/NBD" ? x + 1 : x;
  if (drops === 0) return undefined;
  const unit = m.unit === "week" ? 7 : 1;
  const odds = (m.a / (m.b + drops - 1)) * Math.exp((m.r + x) * Math.log1p(s / (m.alpha * unit + seen.recency)));
  return 1 / (1 + odds);
}

/** The curve of a customer, undefined where it would not pass through the stored score. */
export function aliveCurve(
  m: Schemas["ClvFittedBG"] | null | undefined,
  seen: Seen,
  score: number | null | undefined,
): [number, number][] | undefined {
  if (!m || score == null) return undefined;
  const silent = seen.age - seen.recency;
  const now = alive(m, seen, silent);
  if (now === undefined || Math.abs(now - score) > 0.01) return undefined;
  const until = Math.max(60, Math.ceil((silent * 2) / 30) * 30);
  const points: [number, number][] = [];
  for (let k = 0; k <= 80; k++) {
    const s = (until * k) / 80;
    points.push([Math.round(s * 10) / 10, alive(m, seen, s) ?? 1]);
  }
  return points;
}
