/** Words: every key in both languages, all plural forms, the same placeholders, and no key that nobody uses. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ar } from './ar';
import { later as laterAr } from './ar/later';
import { en } from './en';
import { later as laterEn } from './en/later';

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, path = ''): Map<string, string> {
  const keys = new Map<string, string>();
  for (const [name, value] of Object.entries(tree)) {
    const key = path ? `${path}.${name}` : name;
    if (typeof value === 'string') keys.set(key, value);
    else for (const [inner, text] of flatten(value, key)) keys.set(inner, text);
  }
  return keys;
}

const pluralSuffix = /_(zero|one|two|few|many|other)$/;
const english = flatten({ ...en, ...laterEn } as Tree);
const arabic = flatten({ ...ar, ...laterAr } as Tree);
const isPlural = (key: string, all: Map<string, string>) =>
  pluralSuffix.test(key) && all.has(key.replace(pluralSuffix, '_other'));
const baseOf = (key: string, all: Map<string, string>) => (isPlural(key, all) ? key.replace(pluralSuffix, '') : key);
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'i18n' ? [] : sources(path);
    return /\.tsx?$/.test(name) && !/\.test\.|schema\.d\.ts$/.test(name) ? [readFileSync(path, 'utf8')] : [];
  });
}

const code = sources(join(__dirname, '..')).join('\n');
const literals = new Set([...code.matchAll(/['"`]([a-zA-Z]+(?:\.[\w-]+)+)['"`]/g)].map(([, key]) => key ?? ''));
// t(`status.${x}`) uses everything below "status.".
const prefixes = [...code.matchAll(/`([a-zA-Z]+(?:\.\w+)*\.)\$\{/g)].map(([, prefix]) => prefix ?? '');

describe('translations', () => {
  it('have the same keys in both languages', () => {
    const left = new Set([...english.keys()].map((key) => baseOf(key, english)));
    const right = new Set([...arabic.keys()].map((key) => baseOf(key, arabic)));
    expect([...left].filter((key) => !right.has(key))).toEqual([]);
    expect([...right].filter((key) => !left.has(key))).toEqual([]);
  });

  it('have every plural form of their language', () => {
    for (const key of english.keys())
      if (isPlural(key, english)) expect(english.has(`${baseOf(key, english)}_one`), key).toBe(true);
    for (const key of english.keys()) {
      if (!isPlural(key, english)) continue;
      for (const form of ['zero', 'one', 'two', 'few', 'many', 'other'])
        expect(arabic.has(`${baseOf(key, english)}_${form}`), `${key} ${form}`).toBe(true);
    }
  });

  it('use only placeholders that English has', () => {
    for (const [key, text] of arabic) {
      const base = baseOf(key, arabic);
      const known = placeholders(english.get(key) ?? english.get(`${base}_other`) ?? '');
      for (const name of placeholders(text)) expect(known, key).toContain(name);
      if (!isPlural(key, arabic)) expect(placeholders(text), key).toEqual(known);
    }
  });

  it('are all used', () => {
    const unused = [...new Set([...english.keys()].map((key) => baseOf(key, english)))].filter(
      (key) => !literals.has(key) && !prefixes.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it('exist for every key in the code', () => {
    const groups = new Set(Object.keys({ ...en, ...laterEn }));
    const bases = new Set([...english.keys()].map((key) => baseOf(key, english)));
    const calls = [...code.matchAll(/\bt\(\s*['"]([\w.-]+)['"]/g)].map(([, key]) => key ?? '');
    expect(calls.length).toBeGreaterThan(100);
    expect(calls.filter((key) => groups.has(key.split('.')[0] ?? '') && !bases.has(key))).toEqual([]);
    expect(calls.filter((key) => !groups.has(key.split('.')[0] ?? ''))).toEqual([]);
  });

  it('are Arabic in Arabic', () => {
    const latinOnly = new Set(['language.en', 'schedule.kind.cron', 'form.tabJson']);
    const foreign = [...arabic].filter(
      ([key, text]) =>
        !latinOnly.has(key) &&
        !/[\u0600-\u06ff]/.test(text.replace(/\{\{\w+\}\}/g, '')) &&
        text.replace(/\{\{\w+\}\}|[–\s]/g, '') !== '',
    );
    expect(foreign).toEqual([]);
  });
});
