import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "../api/client";
import { currentLang } from "../lang";

/** What a person says of a file; what is left out, the file tells. */
export type Asked = Omit<Schemas["FileRequest"], "upload">;

export type Kind = Schemas["Import"]["kind"];

/** The server says problems in one language, so that they are asked for in each. */
const spoken = () => ["in", currentLang()] as const;

export const lookQuery = (upload: string, asked: Asked) =>
  queryOptions({
    queryKey: ["upload", upload, "look", asked, ...spoken()],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => body(api.POST("/api/v1/imports/look", { body: { upload, ...asked }, signal })),
  });

export const previewQuery = (upload: string, asked: Asked) =>
  queryOptions({
    queryKey: ["upload", upload, "preview", asked, ...spoken()],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => body(api.POST("/api/v1/imports/preview", { body: { upload, ...asked }, signal })),
  });

export const importsQuery = () =>
  infiniteQueryOptions({
    queryKey: ["imports", "list"],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET("/api/v1/imports", { params: { query: { cursor: pageParam || undefined, limit: 50 } }, signal })),
    getNextPageParam: (last) => (last.next ? Number(last.next) : undefined),
  });

export const importQuery = (id: number) =>
  queryOptions({
    queryKey: ["imports", id],
    queryFn: ({ signal }) => body(api.GET("/api/v1/imports/{id}", { params: { path: { id } }, signal })),
  });

export const refusalsQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["imports", id, "refusals"],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/imports/{id}/refusals", {
          params: { path: { id }, query: { cursor: pageParam || undefined, limit: 50 } },
          signal,
        }),
      ),
    getNextPageParam: (last) => (last.next ? Number(last.next) : undefined),
  });

export const jobsQuery = () =>
  queryOptions({
    queryKey: ["jobs"],
    staleTime: 0,
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/jobs", { signal }))).items,
  });

export const bridgeQuery = () =>
  queryOptions({
    queryKey: ["analysis", "bridge"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/analysis/bridge", { signal })),
  });

export const definitionsQuery = () =>
  queryOptions({
    queryKey: ["definitions"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => body(api.GET("/api/v1/definitions", { signal })),
  });

export const monthsQuery = () =>
  queryOptions({
    queryKey: ["months"],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/months", { signal }))).items ?? [],
  });
