import type { Plugin } from 'vite';

export function splitModule(pattern: RegExp, share: number): Plugin;

/** The two parts of a module's source; `share` of its text stays in the first, or more. */
export function cut(source: string, share: number, self: string): { first: string; second: string };
