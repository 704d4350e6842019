import { type ReactNode, useId } from "react";

/** A field with what it is called, and below it what there is to know. */
export function Choice({
  label,
  note,
  children,
}: {
  label: string;
  note?: ReactNode;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {note && <p>{note}</p>}
    </div>
  );
}
