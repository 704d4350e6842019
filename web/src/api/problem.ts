/** What went wrong, as the server says it (RFC 9457) or as the connection shows. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly field: string;
  /** Seconds after which it makes sense to try again; 0 where nothing is said. */
  readonly after: number;

  constructor(p: { status: number; code?: string; detail?: string; hint?: string; field?: string; after?: number }) {
    super(p.detail || p.code || String(p.status));
    this.status = p.status;
    this.code = p.code ?? "";
    this.detail = p.detail ?? "";
    this.hint = p.hint ?? "";
    this.field = (p.field ?? "").replace(/^\//, "");
    this.after = p.after ?? 0;
  }

  /** Nobody answered: the server is away, or the network is. */
  get lost(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }

  /** Nobody is logged in. */
  get stranger(): boolean {
    return this.status === 401;
  }

  static of(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof TypeError) return new Problem({ status: 0 });
    return new Problem({ status: -1, code: "page", detail: "" });
  }

  static async from(response: Response): Promise<Problem> {
    const after = Number(response.headers.get("Retry-After") ?? 0) || 0;
    try {
      const body = (await response.json()) as Record<string, string>;
      return new Problem({
        status: response.status,
        after,
        code: body.code,
        detail: body.detail,
        hint: body.hint,
        field: body.field,
      });
    } catch {
      return new Problem({ status: response.status, after });
    }
  }
}
