// Whether the server answers. While it does not, pages keep what they show, and one
// request every other second finds out when it is back.
import { useSyncExternalStore } from "react";

let lost = false;
const listeners = new Set<() => void>();

export function heard(answered: boolean) {
  if (lost === !answered) return;
  lost = !answered;
  for (const f of listeners) f();
}

export const isLost = () => lost;

export function useLost(): boolean {
  return useSyncExternalStore(
    (f) => {
      listeners.add(f);
      return () => listeners.delete(f);
    },
    () => lost,
  );
}
