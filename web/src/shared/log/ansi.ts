/** Terminal colours as classes. An allow-list: every other escape sequence is dropped, so a log cannot move the cursor or set a title. */

export interface Span {
  text: string;
  /** Class suffixes such as `fg1`, `bg4`, `bold`. */
  classes: string[];
}

interface Style {
  fg: number | null;
  bg: number | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const plain: Style = { fg: null, bg: null, bold: false, dim: false, italic: false, underline: false };
// CSI … final byte; OSC … BEL or ST; two-byte escapes. Other control characters except tab go too.
const sequence = new RegExp(
  [
    String.raw`\u001b\[([0-9;:?]*)[ -/]*([@-~])`,
    String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?`,
    String.raw`\u001b[@-Z\\-_]`,
    String.raw`[\u0000-\u0008\u000b-\u001f\u007f]`,
  ].join('|'),
  'g',
);

export function parseAnsi(line: string): Span[] {
  sequence.lastIndex = 0;
  if (!sequence.test(line)) return line ? [{ text: line, classes: [] }] : [];
  const spans: Span[] = [];
  let style = plain;
  let from = 0;
  const push = (to: number) => {
    if (to > from) spans.push({ text: line.slice(from, to), classes: classesOf(style) });
  };
  sequence.lastIndex = 0;
  for (let match = sequence.exec(line); match; match = sequence.exec(line)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') style = apply(style, match[1] ?? '');
  }
  push(line.length);
  return spans;
}

export function stripAnsi(line: string): string {
  return line.replace(sequence, '');
}

function apply(style: Style, parameters: string): Style {
  const codes = parameters === '' ? [0] : parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 0) next = plain;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 3) next = { ...next, italic: true };
    else if (code === 4) next = { ...next, underline: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 23) next = { ...next, italic: false };
    else if (code === 24) next = { ...next, underline: false };
    else if (code === 39) next = { ...next, fg: null };
    else if (code === 49) next = { ...next, bg: null };
    else if (code >= 30 && code <= 37) next = { ...next, fg: code - 30 };
    else if (code >= 90 && code <= 97) next = { ...next, fg: code - 90 + 8 };
    else if (code >= 40 && code <= 47) next = { ...next, bg: code - 40 };
    else if (code >= 100 && code <= 107) next = { ...next, bg: code - 100 + 8 };
    else if (code === 38 || code === 48) {
      const colour =
        codes[index + 1] === 5
          ? nearest256(codes[index + 2] ?? 0)
          : codes[index + 1] === 2
            ? nearestRgb(codes[index + 2] ?? 0, codes[index + 3] ?? 0, codes[index + 4] ?? 0)
            : null;
      index += codes[index + 1] === 5 ? 2 : codes[index + 1] === 2 ? 4 : 0;
      if (colour !== null) next = code === 38 ? { ...next, fg: colour } : { ...next, bg: colour };
    }
  }
  return next;
}

function classesOf(style: Style): string[] {
  const classes: string[] = [];
  if (style.fg !== null) classes.push(`fg${style.fg % 8}`);
  if (style.bg !== null) classes.push(`bg${style.bg % 8}`);
  if (style.bold || (style.fg !== null && style.fg >= 8)) classes.push('bold');
  if (style.dim) classes.push('dim');
  if (style.italic) classes.push('italic');
  if (style.underline) classes.push('underline');
  return classes;
}

/** Rich colours become the nearest of the eight, whose contrast the palette guarantees in both schemes. */
function nearest256(code: number): number {
  if (code < 16) return code;
  if (code >= 232) return code < 244 ? 8 : 7;
  const cube = code - 16;
  const level = (part: number) => part * 51;
  return nearestRgb(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearestRgb(red: number, green: number, blue: number): number {
  const strongest = Math.max(red, green, blue);
  if (strongest < 64) return 8;
  const lit = (part: number) => (part > strongest * 0.6 ? 1 : 0);
  return lit(red) + lit(green) * 2 + lit(blue) * 4;
}
