import type { Schemas } from "../api/client";
import type { IconName } from "../ui/icon";

export interface Place {
  id:
    | "overview"
    | "customers"
    | "rfm"
    | "lifecycle"
    | "repurchase"
    | "value"
    | "clusters"
    | "import"
    | "imports"
    | "bridge"
    | "definitions"
    | "months";
  to: string;
  icon: IconName;
  needs: string; // a permission
  under?: "analyze" | "data";
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
  { id: "import", to: "/data/import", icon: "upload", needs: "imports.run", under: "data" },
  { id: "imports", to: "/data/imports", icon: "history", needs: "imports.read", under: "data" },
  { id: "bridge", to: "/data/bridge", icon: "bridge", needs: "analyses.read", under: "data" },
  { id: "definitions", to: "/data/definitions", icon: "book", needs: "analyses.read", under: "data" },
  { id: "months", to: "/data/months", icon: "lock", needs: "analyses.read", under: "data" },
];

/** What somebody may do in the workspace that they are in. */
export function permissions(me: Schemas["Me"] | undefined): ReadonlySet<string> {
  const here = me?.workspaces.find((w) => w.name === me.workspace);
  return new Set(here?.permissions);
}

/** Whether somebody who has no workspace yet may make the first one. */
export const mayBegin = (me: Schemas["Me"] | undefined) =>
  me?.workspaces.length === 0 && me.permissions.includes("workspaces.edit");

export const open = (me: Schemas["Me"] | undefined) => {
  const may = permissions(me);
  return places.filter((p) => may.has(p.needs) || (p.id === "import" && mayBegin(me)));
};
