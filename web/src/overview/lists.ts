import { type Condition, customersAt } from "../customers/address";

/** A list that is worth working on today. */
export interface WorkList {
  id: "leaving" | "golden" | "due";
  where: readonly Condition[];
  to: string;
  from?: number; // days of the golden window
  until?: number;
}

const addDays = (iso: string, n: number) => new Date(Date.parse(iso) + n * 86_400_000).toISOString().slice(0, 10);

/** The lists that the data have an answer for, in the order in which they are shown. */
export function workLists(
  asOf: string,
  window: { start: number; end: number } | null,
  dueDays: number | null,
): WorkList[] {
  const list = (id: WorkList["id"], where: Condition[], sort: string, more?: Partial<WorkList>): WorkList => ({
    id,
    where,
    to: customersAt(where, sort),
    ...more,
  });
  const out = [
    list(
      "leaving",
      [
        ["stage", "is", "decline"],
        ["m_score", "at_least", "4"],
      ],
      "-clv_12",
    ),
  ];
  if (window) {
    const { start, end } = window;
    out.push(
      list(
        "golden",
        [
          ["purchase_days", "is", "1"],
          ["recency_days", "between", String(start), String(end)],
        ],
        "-recency_days",
        { from: start, until: end },
      ),
    );
  }
  if (dueDays) {
    out.push(
      list(
        "due",
        [
          ["next_due", "between", addDays(asOf, 1), addDays(asOf, dueDays)],
          ["stage", "not_in", "lost"],
        ],
        "next_due",
        { until: dueDays },
      ),
    );
  }
  return out;
}
