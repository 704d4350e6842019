import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";
import { isLost } from "../api/connection";
import { meQuery, newQueries } from "../api/queries";
import { useLang } from "../lang";
import { ThemeProvider } from "../ui/theme";
import { routes } from "./routes";

export function Root() {
  const lang = useLang();
  const [queries] = useState(newQueries);
  const [router] = useState(() => createBrowserRouter(routes));

  // Once the server is back, everything that is on the page is asked for again.
  useEffect(() => {
    let away = false;
    const timer = window.setInterval(async () => {
      if (isLost()) {
        away = true;
        await queries.fetchQuery({ ...meQuery, staleTime: 0, retry: false }).catch(() => undefined);
      }
      if (away && !isLost()) {
        away = false;
        await queries.invalidateQueries();
      }
    }, 2000);
    return () => window.clearInterval(timer);
  }, [queries]);

  return (
    <QueryClientProvider client={queries}>
      <ThemeProvider lang={lang}>
        <RouterProvider router={router} />
      </ThemeProvider>
    </QueryClientProvider>
  );
}
