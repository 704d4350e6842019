import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../api/queries";
import { permissions } from "../shell/places";

/** What the person may do in the workspace. */
export function useMay(): (permission: string) => boolean {
  const me = useQuery(meQuery);
  const may = permissions(me.data);
  return (permission) => may.has(permission);
}
