/** The one door to the server. Same origin, cookie session, JSON in and out, every failure a `Problem`. */
import { Problem, problemFrom } from './problem';
import type { paths } from './schema';

type Filled<P> = P extends `${infer Before}{${string}}${infer After}` ? `${Before}${string}${Filled<After>}` : P;

/** Any address of the API's document with its variables filled in: a mistyped one does not compile. */
export type ApiPath = Filled<keyof paths>;

export interface RequestOptions {
  query?: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Answer<T> {
  data: T;
  etag: string | null;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

let language = 'en';
let onSignedOut: () => void = () => {};

/** The server words its messages in this language. */
export function setRequestLanguage(tag: string): void {
  language = tag;
}

/** Called when a request is refused because the session has ended. */
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler;
}

export function queryString(query: Record<string, unknown> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value)) {
      if (value.length > 0) search.set(name, value.join(','));
    } else search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

export async function send<T>(method: Method, path: ApiPath, options: RequestOptions = {}): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path + queryString(options.query), {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        'Accept-Language': language,
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, '', '', 'unreachable');
  }
  // A body that cannot be decoded is as good as none; the status still says what happened.
  const raw = await response.text().catch(() => '');
  let body: unknown = null;
  if (raw) {
    try {
      body = JSON.parse(raw);
    } catch {
      body = null;
    }
  }
  if (!response.ok) {
    if (response.status === 401 && !path.endsWith('/session')) onSignedOut();
    throw problemFrom(response.status, body, response.headers);
  }
  return { data: body as T, etag: response.headers.get('etag') };
}

export async function get<T>(path: ApiPath, query?: Record<string, unknown>, signal?: AbortSignal): Promise<T> {
  return (await send<T>('GET', path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) })).data;
}

export async function post<T>(path: ApiPath, body: unknown = {}, headers: Record<string, string> = {}): Promise<T> {
  return (await send<T>('POST', path, { body, headers })).data;
}

export async function put<T>(path: ApiPath, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  return (await send<T>('PUT', path, { body, headers })).data;
}

export async function patch<T>(path: ApiPath, body: unknown): Promise<T> {
  return (await send<T>('PATCH', path, { body })).data;
}

export async function remove<T = void>(path: ApiPath, query?: Record<string, unknown>): Promise<T> {
  return (await send<T>('DELETE', path, query ? { query } : {})).data;
}

/** Sends bytes and tells how many have left; `fetch` cannot. */
export function uploadPiece<T>(
  path: ApiPath,
  query: Record<string, unknown>,
  body: Blob,
  options: { signal: AbortSignal; onProgress(sent: number): void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', path + queryString(query));
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Accept-Language', language);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (event) => options.onProgress(event.loaded);
    const abort = () => request.abort();
    options.signal.addEventListener('abort', abort, { once: true });
    request.onabort = () => reject(options.signal.reason ?? new DOMException('aborted', 'AbortError'));
    request.onerror = () => reject(new Problem(0, '', '', 'unreachable'));
    request.onload = () => {
      options.signal.removeEventListener('abort', abort);
      let answer: unknown = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // The status still says what happened.
      }
      if (request.status >= 200 && request.status < 300) return resolve(answer as T);
      if (request.status === 401) onSignedOut();
      reject(problemFrom(request.status, answer));
    };
    request.send(body);
  });
}
