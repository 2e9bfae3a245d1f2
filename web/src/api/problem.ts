/** The server's RFC 9457 errors as an exception the pages can show and the forms can pin to fields. */

export interface FieldProblem {
  /** JSON pointer into the request body, such as `/parameters/url`. */
  pointer: string;
  detail: string;
}

export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    /** HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errorType: string,
    readonly fields: FieldProblem[] = [],
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail || title);
  }

  get unreachable(): boolean {
    return this.status === 0;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Reads whatever came back; a proxy's HTML page becomes a plain problem with the status alone. */
export function problemFrom(status: number, body: unknown, headers?: Headers): Problem {
  const source = body && typeof body === 'object' ? (body as Record<string, unknown>) : {};
  const fields: FieldProblem[] = [];
  if (Array.isArray(source.errors)) {
    for (const entry of source.errors as unknown[]) {
      if (!entry || typeof entry !== 'object') continue;
      const { pointer, detail } = entry as Record<string, unknown>;
      fields.push({ pointer: text(pointer).replace(/^#/, ''), detail: text(detail) });
    }
  }
  const retry = Number(headers?.get('retry-after'));
  return new Problem(
    status,
    text(source.title),
    text(source.detail),
    text(source.error_type),
    fields,
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}

export function isProblem(error: unknown, status?: number): error is Problem {
  return error instanceof Problem && (status === undefined || error.status === status);
}
