/** JSON pointers, as the server uses them to say which field is wrong. */

export function step(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function steps(pointer: string): string[] {
  if (!pointer) return [];
  return pointer
    .replace(/^\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function valueAt(value: unknown, pointer: string): unknown {
  let current = value;
  for (const name of steps(pointer)) {
    if (!current || typeof current !== 'object') return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** Errors of one part of a document, with pointers from that part on. */
export function below<T extends { pointer: string }>(errors: T[], prefix: string): T[] {
  return errors
    .filter(({ pointer }) => pointer === prefix || pointer.startsWith(`${prefix}/`))
    .map((error) => ({ ...error, pointer: error.pointer.slice(prefix.length) }));
}
