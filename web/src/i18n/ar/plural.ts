/** The six plural forms of Arabic under the keys i18next looks for. */
export function plural(
  key: string,
  zero: string,
  one: string,
  two: string,
  few: string,
  many: string,
  other: string,
): Record<string, string> {
  return {
    [`${key}_zero`]: zero,
    [`${key}_one`]: one,
    [`${key}_two`]: two,
    [`${key}_few`]: few,
    [`${key}_many`]: many,
    [`${key}_other`]: other,
  };
}
