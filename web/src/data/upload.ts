import type { Schemas } from "../api/client";
import { heard } from "../api/connection";
import { Problem } from "../api/problem";
import { currentLang } from "../lang";

/**
 * Sends a file and tells how much of it has gone. By the older interface of browsers:
 * the newer one does not say how far a body is. Ends with the signal's reason when it
 * is stopped; the server then keeps nothing.
 */
export function upload(file: File, progress: (sent: number) => void, signal: AbortSignal): Promise<Schemas["Upload"]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const q = new URLSearchParams({ name: file.name, lang: currentLang() });
    request.open("POST", `/api/v1/uploads?${q}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (e) => progress(e.loaded);
    request.onload = async () => {
      heard(request.status !== 502 && request.status !== 504);
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve(JSON.parse(responseText) as Schemas["Upload"]);
      else reject(await Problem.from(new Response(responseText, { status: status || 502 })));
    };
    request.onerror = () => {
      heard(false);
      reject(new Problem({ status: 0 }));
    };
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
