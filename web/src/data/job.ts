import { useEffect, useState } from "react";
import { api, body, type Schemas } from "../api/client";
import { Problem } from "../api/problem";
import { currentLang } from "../lang";

export type Job = Schemas["Job"];

/** Follows work in the background, over a lost connection as well, until it ends. */
export function useJob(id: string | null | undefined): { job?: Job; error?: Problem } {
  const [state, setState] = useState<{ id: string; job?: Job; error?: Problem }>();
  useEffect(() => {
    if (!id) return;
    const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(id)}/events?lang=${currentLang()}`);
    source.onmessage = (e) => {
      const job = JSON.parse(e.data as string) as Job;
      setState({ id, job });
      if (job.state !== "running") source.close();
    };
    source.onerror = async () => {
      // A connection that was cut is taken up by the browser; a refusal is final.
      if (source.readyState !== EventSource.CLOSED) return;
      try {
        setState({ id, job: await body(api.GET("/api/v1/jobs/{id}", { params: { path: { id } } })) });
      } catch (error) {
        setState({ id, error: Problem.of(error) });
      }
    };
    return () => source.close();
  }, [id]);
  return state && state.id === id ? state : {};
}
