// Lists of customers have addresses that say whom they are about, in the words of the
// server's own interface, so that a link leads to the same people for everybody.
import { useSearchParams } from "react-router";

/** Attribute, comparison, values; as in /api/v1/customers?where=. */
export type Condition = readonly [attribute: string, op: string, ...values: string[]];

const write = (c: Condition) => {
  const [attribute, op, ...values] = c;
  return values.length ? `${attribute}:${op}:${values.join(",")}` : `${attribute}:${op}`;
};

export function read(text: string): Condition {
  const [attribute = "", op = "", ...rest] = text.split(":");
  const values = rest.join(":");
  const many = op === "in" || op === "not_in" || op === "between";
  return values === "" ? [attribute, op] : [attribute, op, ...(many ? values.split(",") : [values])];
}

/** The address of a list. sort begins with - for the greatest first. */
export function customersAt(where: readonly Condition[], sort?: string): string {
  const q = new URLSearchParams();
  for (const c of where) q.append("where", write(c));
  if (sort) q.set("sort", sort);
  const text = q.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text ? `/customers?${text}` : "/customers";
}

export interface Asked {
  where: readonly Condition[];
  sort: string;
  columns: readonly string[];
}

/** What the address asks for, and how to ask for something else. */
export function useAsked(usual: readonly string[]): [Asked, (next: Partial<Asked>) => void] {
  const [q, setQ] = useSearchParams();
  const columns = q.get("columns");
  const asked: Asked = {
    where: q.getAll("where").map(read),
    sort: q.get("sort") ?? "-clv_12",
    columns: columns ? columns.split(",") : usual,
  };
  const ask = (next: Partial<Asked>) => {
    const to = { ...asked, ...next };
    const out = new URLSearchParams();
    for (const c of to.where) out.append("where", write(c));
    if (to.sort !== "-clv_12") out.set("sort", to.sort);
    if (to.columns.join() !== usual.join()) out.set("columns", to.columns.join(","));
    setQ(out);
  };
  return [asked, ask];
}

export const conditions = (where: readonly Condition[]) => where.map(write);
