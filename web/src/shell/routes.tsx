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
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
];
