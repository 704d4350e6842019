import type { Schemas } from "../api/client";
import type { IconName } from "../ui/icon";

export interface Place {
  id: "overview" | "customers" | "rfm" | "lifecycle" | "repurchase" | "value" | "clusters";
  to: string;
  icon: IconName;
  needs: string; // a permission
  under?: "analyze";
}

/** Where one can go, in the order of the loop. What does not exist is not here. */
export const places: readonly Place[] = [
  { id: "overview", to: "/", icon: "overview", needs: "analyses.read" },
  { id: "customers", to: "/customers", icon: "customers", needs: "customers.read" },
  { id: "rfm", to: "/analyze/rfm", icon: "rfm", needs: "analyses.read", under: "analyze" },
  { id: "lifecycle", to: "/analyze/lifecycle", icon: "lifecycle", needs: "analyses.read", under: "analyze" },
  { id: "repurchase", to: "/analyze/repurchase", icon: "repurchase", needs: "analyses.read", under: "analyze" },
  { id: "value", to: "/analyze/value", icon: "value", needs: "analyses.read", under: "analyze" },
  { id: "clusters", to: "/analyze/clusters", icon: "clusters", needs: "analyses.read", under: "analyze" },
];

/** What somebody may do in the workspace that they are in. */
export function permissions(me: Schemas["Me"] | undefined): ReadonlySet<string> {
  const here = me?.workspaces.find((w) => w.name === me.workspace);
  return new Set(here?.permissions);
}

export const open = (me: Schemas["Me"] | undefined) => {
  const may = permissions(me);
  return places.filter((p) => may.has(p.needs));
};
