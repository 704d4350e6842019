import { QueryClient, queryOptions } from "@tanstack/react-query";
import { currentLang } from "../lang";
import { api, body } from "./client";
import { Problem } from "./problem";

/** Retries what may pass by itself; keeps what is known while it cannot be asked for. */
export function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        retry: (n, error) => {
          const p = Problem.of(error);
          return (p.lost || p.status === 503) && n < 2;
        },
        retryDelay: (n) => Math.min(500 * 2 ** n, 4000),
        refetchOnWindowFocus: true,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => body(api.GET("/api/v1/me", { signal })),
  staleTime: 60_000,
});

/** The server says sentences in one language, so that they are asked for in each. */
const spoken = () => ["in", currentLang()] as const;

export const overviewQuery = () =>
  queryOptions({ queryKey: ["overview"], queryFn: ({ signal }) => body(api.GET("/api/v1/overview", { signal })) });

export const snapshotQuery = () =>
  queryOptions({ queryKey: ["snapshot"], queryFn: ({ signal }) => body(api.GET("/api/v1/snapshot", { signal })) });

export const attributesQuery = () =>
  queryOptions({
    queryKey: ["attributes"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/attributes", { signal }))).items,
  });

export const rfmQuery = () =>
  queryOptions({
    queryKey: ["analysis", "rfm"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/rfm", { signal })),
  });
export const lifecycleQuery = () =>
  queryOptions({
    queryKey: ["analysis", "lifecycle"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/lifecycle", { signal })),
  });
export const repurchaseQuery = () =>
  queryOptions({
    queryKey: ["analysis", "repurchase"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/repurchase", { signal })),
  });
export const curvesQuery = () =>
  queryOptions({
    queryKey: ["analysis", "second_order_curves"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/second_order_curves", { signal })),
  });
export const cohortsQuery = () =>
  queryOptions({
    queryKey: ["analysis", "cohorts"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/cohorts", { signal })),
  });
export const clvQuery = () =>
  queryOptions({
    queryKey: ["analysis", "clv"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/clv", { signal })),
  });
export const valueQuery = () =>
  queryOptions({
    queryKey: ["analysis", "value"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/value", { signal })),
  });
export const clustersQuery = () =>
  queryOptions({
    queryKey: ["analysis", "clusters"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/clusters", { signal })),
  });

export const customerQuery = (customer: number) =>
  queryOptions({
    queryKey: ["customer", customer, ...spoken()],
    queryFn: ({ signal }) => body(api.GET("/api/v1/customers/{customer}", { params: { path: { customer } }, signal })),
  });
