import type { RouteObject } from "react-router";
import { Fault, NotFound } from "./fault";
import { Shell } from "./shell";

const page = (load: () => Promise<{ default: React.ComponentType }>) => async () => ({
  Component: (await load()).default,
});

/** The addresses of the pages. Each page is loaded when it is first gone to. */
export const routes: RouteObject[] = [
  {
    path: "/login",
    lazy: page(() => import("../account/login")),
    errorElement: <Fault />,
    hydrateFallbackElement: <span />,
  },
  {
    path: "/link",
    lazy: page(() => import("../account/link")),
    errorElement: <Fault />,
    hydrateFallbackElement: <span />,
  },
  {
    path: "/",
    element: <Shell />,
    errorElement: <Fault />,
    hydrateFallbackElement: <span />,
    children: [
      {
        errorElement: <Fault />,
        children: [
          { index: true, lazy: page(() => import("../overview/overview")) },
          { path: "customers", lazy: page(() => import("../customers/customers")) },
          { path: "customers/:customer", lazy: page(() => import("../customers/customer")) },
          { path: "analyze/rfm", lazy: page(() => import("../analyze/rfm")) },
          { path: "analyze/lifecycle", lazy: page(() => import("../analyze/lifecycle")) },
          { path: "analyze/repurchase", lazy: page(() => import("../analyze/repurchase")) },
          { path: "analyze/value", lazy: page(() => import("../analyze/value")) },
          { path: "analyze/clusters", lazy: page(() => import("../analyze/clusters")) },
          { path: "data/import", lazy: page(() => import("../data/wizard")) },
          { path: "data/imports", lazy: page(() => import("../data/history")) },
          { path: "data/imports/:id", lazy: page(() => import("../data/import")) },
          { path: "data/bridge", lazy: page(() => import("../data/bridge")) },
          { path: "data/definitions", lazy: page(() => import("../data/definitions")) },
          { path: "data/months", lazy: page(() => import("../data/months")) },
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
];
