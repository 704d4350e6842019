import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { Help, ShareBar } from "./figure";
import { Icon } from "./icon";

export interface Column<Row> {
  key: string;
  label: string;
  help?: ReactNode;
  number?: boolean; // stands right, in tabular figures
  wraps?: boolean;
  sorts?: boolean;
  cell: (row: Row) => ReactNode;
}

export interface Sort {
  by: string;
  desc: boolean;
}

/** A table of rows of 40 px, of 32 px if compact; on phones each row is a card. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  id,
  compact,
  sort,
  onSort,
  to,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string | number;
  compact?: boolean;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  to?: (row: Row) => string | undefined;
}) {
  const navigate = useNavigate();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={label}>
      <table className={compact ? "table compact cards" : "table cards"}>
        <caption className="hidden">{label}</caption>
        <thead>
          <tr>
            {columns.map((c) => {
              const sorted = sort?.by === c.key;
              return (
                <th
                  key={c.key}
                  scope="col"
                  className={c.number ? "number" : undefined}
                  aria-sort={sorted ? (sort.desc ? "descending" : "ascending") : undefined}
                >
                  {c.sorts && onSort ? (
                    <button
                      type="button"
                      className="sort"
                      data-sorted={sorted}
                      onClick={() => onSort({ by: c.key, desc: sorted ? !sort.desc : Boolean(c.number) })}
                    >
                      {c.label}
                      {sorted && <Icon name={sort.desc ? "down" : "up"} />}
                    </button>
                  ) : (
                    c.label
                  )}
                  {c.help && <Help term={c.label}>{c.help}</Help>}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const target = to?.(row);
            return (
              // The link in the row is what keyboards and readers use; the rest of it helps the mouse.
              <tr
                key={id(row)}
                className={target ? "opens" : undefined}
                onClick={
                  target
                    ? (e) => {
                        if (!(e.target as Element).closest("a, button, input, label")) navigate(target);
                      }
                    : undefined
                }
              >
                {columns.map((c) => (
                  <td
                    key={c.key}
                    data-label={c.label}
                    className={[c.number ? "number" : "", c.wraps ? "wraps" : ""].join(" ").trim() || undefined}
                  >
                    {c.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** A share in a cell with its bar. */
export function ShareCell({ share, text }: { share: number; text: string }) {
  return (
    <span className="cell-bar">
      <ShareBar share={share} />
      <span className="cell-bar-text">{text}</span>
    </span>
  );
}
